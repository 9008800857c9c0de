#!/bin/sh
# Makes the certificate of the tests' server anew, for localhost and 127.0.0.1, signed by itself. It is worth nothing
# outside them: its key is committed.
set -eu
cd "$(dirname "$0")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
  -keyout key.pem -out server.pem -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1'

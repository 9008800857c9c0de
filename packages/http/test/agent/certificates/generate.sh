#!/bin/sh
# Writes the certificates of the tests anew (OpenSSL 3). They are worth nothing outside them: the authority's key is
# thrown away, and the server's key, which is committed, belongs to loopback addresses and reserved names only.
#
#   authority.pem   signs the others; what clients trust; until 2120
#   key.pem         the servers' key
#   good.pem        localhost, 127.0.0.1, ::1; until 2120
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
: > "$work/index.txt"
cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = authority
[authority]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
CONFIG

new_key "$work/authority-key.pem"
new_key key.pem
openssl req -new -key "$work/authority-key.pem" -subj '/CN=millpond test authority' -out "$work/authority.csr"
openssl ca -config "$work/ca.cnf" -batch -notext -selfsign -extensions root -keyfile "$work/authority-key.pem" \
  -in "$work/authority.csr" -startdate 20200101000000Z -enddate 21200101000000Z -out authority.pem 2>/dev/null

issue() { # file, subjectAltName, notAfter
  openssl req -new -key key.pem -subj "/CN=millpond test $1" -addext "subjectAltName=$2" -out "$work/$1.csr"
  openssl ca -config "$work/ca.cnf" -batch -notext -cert authority.pem -keyfile "$work/authority-key.pem" \
    -in "$work/$1.csr" -startdate 20200101000000Z -enddate "$3" -out "$1.pem" 2>/dev/null
}
loopback='DNS:localhost,IP:127.0.0.1,IP:::1'
issue good "$loopback" 21200101000000Z

// What an import of nothing takes is taken from what the others take.

export {}

package db

var setObject objectOps

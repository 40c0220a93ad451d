package db

var zsetObject objectOps

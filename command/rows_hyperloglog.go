package command

var hyperloglogRows = []Row{}

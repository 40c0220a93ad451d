package command

var setRows = []Row{}

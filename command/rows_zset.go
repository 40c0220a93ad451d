package command

var zsetRows = []Row{}

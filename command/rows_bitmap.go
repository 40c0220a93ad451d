package command

var bitmapRows = []Row{}

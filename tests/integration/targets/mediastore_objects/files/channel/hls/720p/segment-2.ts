another one

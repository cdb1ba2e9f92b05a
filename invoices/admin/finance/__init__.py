"""The reports that a finance team asks for, over the organizations that a person works on."""

"""Commands: the words after `stepthree`, one module each."""

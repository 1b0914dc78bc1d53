"""`pli doctor`: checks a deployment, from outside (`around`) and from where the store is open (`inside`)."""

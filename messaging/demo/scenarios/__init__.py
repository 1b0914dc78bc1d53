"""What `pli demo` plays: one module a scenario; `table` lists them in order."""

"""One module a public suite. Each has TITLE and run(emulator, folder) -> [(case, None or the reason it failed)]."""

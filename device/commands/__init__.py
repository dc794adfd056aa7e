"""The command line's commands, one module each.

A module has ``register(subparsers)``, which adds its parser and sets ``run`` (a function from the
parsed arguments to an exit code) as its default. To keep `midstance --help` quick, a module
imports heavy things inside `run`. A new command is listed in `device.cli.COMMANDS`.
"""

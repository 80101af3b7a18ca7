#!/usr/bin/env python3
"""Manual pages from the program's own tables: man.py page SOURCE_DIR > page, with page redoubt.1 or redoubt.yaml.5.

Commands come from src/cmd/commands.def, settings from src/run/config/settings.def: what the manual says cannot differ from what the
program does.
"""
import pathlib, re, sys

page, root = sys.argv[1], pathlib.Path(sys.argv[2])


def calls(path, names):
    """Every NAME(arguments) of a .def file: the arguments as C tokens without quotes."""
    text = re.sub(r'/\*.*?\*/', '', (root / path).read_text(), flags=re.S)
    for name, inside in re.findall(r'(\w+)\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)', text):
        if name in names:
            yield name, [a.strip('"') for a in re.findall(r'\s*("(?:[^"\\]|\\.)*"|[^,"\s]+)\s*(?:,|$)', inside)]


def roff(text):
    return text.replace('\\', '\\e').replace('-', '\\-').replace("\n'", "\n\\(aq")


HEAD = '.TH {} {} "" "redoubt" "redoubt manual"\n.SH NAME\n{}\n'

if page == 'redoubt.1':
    out = HEAD.format('REDOUBT', 1, 'redoubt \\- detect attacks, count them by a published rule, state what can be stated')
    out += '.SH SYNOPSIS\n.B redoubt\n.I COMMAND\n.RI [ OPTION ...]\n.SH DESCRIPTION\n'
    out += roff('Reads captures, detects attacks in them, counts them by a published and hashed rule, says of each source whether its path was '
                'confirmed, relayed or forgeable, keeps sealed evidence, and prints statements that never say more than was seen.\n')
    out += '.SH COMMANDS\nEach has \\fB\\-\\-help\\fR.\n'
    for _, (_, name, arguments, summary) in calls('src/cmd/commands.def', {'COMMAND'}):
        out += f'.TP\n.B redoubt {roff(name)}\n' if not arguments else f'.TP\n.BI "redoubt {roff(name)} " "{roff(arguments)}"\n'
        out += roff(summary[0].upper() + summary[1:]) + '.\n'
    out += '.SH COMMON OPTIONS\n'
    for option, what in (('--data DIR', 'data directory (default /var/lib/redoubt, for an unprivileged user $XDG_STATE_HOME/redoubt)'),
                         ('--config FILE', 'configuration (default /etc/redoubt/redoubt.yaml where there is one)'),
                         ('--day DAY, --from DAY, --to DAY', 'UTC days, as 2026-11-22'),
                         ('--json', 'for programs: one object, or one a line')):
        out += f'.TP\n.B {roff(option)}\n{roff(what)}\n'
    out += '.SH EXIT STATUS\n0 done; 1 failure, damage or a difference; 2 usage.\n'
    out += '.SH ENVIRONMENT\n.TP\n.B REDOUBT_SHARE\nfolder of the counting rule, the grade and the sentences\n.TP\n.B NO_COLOR\nno colours on a terminal\n'
    out += '.SH EXAMPLES\n.nf\nredoubt replay \\-\\-home 192.0.2.0/24 capture.pcap.zst\nredoubt statement \\-\\-day 2026\\-11\\-22\n'
    out += 'redoubt attacks \\-\\-class brute\\-force \\-\\-json\nredoubt recount\n.fi\n.SH SEE ALSO\n.BR redoubt.yaml (5)\n'
else:
    out = HEAD.format('REDOUBT.YAML', 5, 'redoubt.yaml \\- configuration of redoubt')
    out += '.SH DESCRIPTION\n' + roff('One YAML file, and conf.d/*.yaml beside it, read in the order of their names. An unknown key or a bad value is an '
                                      'error; all errors are reported in one run with file, line and column by redoubt check.\n')
    out += '.SH SETTINGS\n'
    for kind, a in calls('src/run/config/settings.def', {'TEXT', 'NUMBER'}):
        default = a[2] or 'none'
        detail = f'{a[3]} (text, default {default})' if kind == 'TEXT' else f'{a[6]} ({a[5]}, {a[3]} to {a[4]}, default {default})'
        out += f'.TP\n.B {roff(a[1])}\n{roff(detail)}\n'
    out += '.SH ESTATE\n'
    for key, what in (('estate.assets', 'list of assets: name, title, owner, class, networks, hosts, ports, ceilings (vector: units in 30 s), behind '
                      '(proxies and CDNs in front of it: recorded with the estate only, no figure depends on it yet), each-host'),
                      ('estate.groups', 'list of groups: name, assets'),
                      ('estate.tests', 'own and contracted tests, counted apart: name, networks, from, until'),
                      ('estate.research', 'research scanners, counted apart: name, networks'),
                      ('geo.country, geo.asn', 'lists of MMDB files; where several country databases disagree no territory is stated'),
                      ('geo.lists', 'label lists: label (tor, vpn, hosting, cdn, cgn), name, file, date')):
        out += f'.TP\n.B {roff(key)}\n{roff(what)}\n'
    out += '.SH SEE ALSO\n.BR redoubt (1)\n'
sys.stdout.write(out)

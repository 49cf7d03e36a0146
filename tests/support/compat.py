"""Configuration files, and what the incumbents and leasehold say to each.

A row of verdicts.tsv is a file of the corpus, or a folder that is given as
one. Its columns:

file         its name in corpus/
vault-agent  what "vault agent" 1.13 does when it is run: accepts or refuses
others       "same", or what newer versions, vault proxy or bao do instead
reason       why; of a refusal of vault-agent, words of its message
leasehold    what "leasehold check" does: accepts, warns or refuses
words        words of what it prints
why          why its verdict is another one than theirs, or theirs are two
"""

import collections
import concurrent.futures
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from support import certs

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "integration/compat"
CORPUS = FOLDER / "corpus"
SECONDS = 60

Row = collections.namedtuple(
    "Row", "file agent others reason leasehold words why")
Verdict = collections.namedtuple("Verdict", "word text")


def rows():
    """All rows of the table."""
    lines = (FOLDER / "verdicts.tsv").read_text().splitlines()
    return [Row(*("" if cell == "-" else cell for cell in line.split("\t")))
            for line in lines[1:]]


def agrees(row):
    """Whether leasehold takes what every incumbent takes, and no more."""
    return row.others == "same" and \
        (row.agent == "refuses") == (row.leasehold == "refuses")


def check(binary, row):
    """What leasehold says to a row's file."""
    result = subprocess.run(
        [str(binary), "check", str(CORPUS / row.file)], text=True, env={},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    if result.returncode != 0:
        return Verdict("refuses", result.stderr)
    return Verdict("warns" if result.stderr else "accepts", result.stderr)


def is_known(program):
    """Whether the table tells of this version of the incumbent."""
    said = subprocess.run([str(program), "version"], text=True,
                          capture_output=True, check=False)
    return said.stdout.startswith("Vault v1.13.")


class Incumbent:
    """Runs "vault agent" on files, in folders that hold what they name."""

    def __init__(self, program):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leasehold-test."))
        self.pair = certs.self_signed(self.folder, "localhost")

    def close(self):
        """Removes what was made."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_all(self, what):
        """The verdict on each of the rows, in their order."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.run, what))

    def run(self, row):
        """It ends by itself when it refuses; else it is ended."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for name, path in zip(("cert.pem", "key.pem"), self.pair):
            shutil.copy(path, folder / name)
        for name in ("role-id", "jwt", "app-token"):
            (folder / name).write_text("nothing")
        (folder / "cache").mkdir()
        process = subprocess.Popen(
            [str(self.program), "agent", f"-config={CORPUS / row.file}"],
            cwd=folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"HOME": str(folder), "VAULT_ADDR": "http://127.0.0.1:1",
                 "VAULT_MAX_RETRIES": "0"})
        guard = threading.Timer(SECONDS, process.kill)
        guard.start()
        text = ""
        for line in process.stdout:
            text += line
            if "started!" in line and row.agent != "refuses":
                process.send_signal(signal.SIGTERM)
        status = process.wait()
        guard.cancel()
        return Verdict("accepts" if status == 0 else "refuses", text)


def summary(what):
    """How many agree, and in which way the others differ."""
    differ = [row for row in what if not agrees(row)]
    lines = [f"{len(what)} files: {len(what) - len(differ)} with the verdict "
             f"of all incumbents, {len(differ)} with a reason why not"]
    for text, chosen in (
            ("the incumbents differ among themselves",
             lambda row: row.others != "same"),
            ("refused here, accepted there",
             lambda row: row.others == "same" and row.leasehold == "refuses"),
            ("accepted here, refused there",
             lambda row: row.others == "same" and row.leasehold != "refuses")):
        group = [row for row in differ if chosen(row)]
        lines.append(f"\n{text}: {len(group)}")
        lines += [f"  {row.file}: {row.reason}\n      {row.why}"
                  for row in group]
    return "\n".join(lines)

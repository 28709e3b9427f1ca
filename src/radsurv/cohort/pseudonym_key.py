"""Pseudonyms of patients, and the key file that makes them and leads back from them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from filelock import Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.locks import alone

OPTION = "cohort.pseudonym_key"
FIRST = "S"
CHARACTERS = 10  # of base32, 50 bits: two of a million patients have the same with a probability of 4 in 10,000
PATTERN = rf"{FIRST}[A-Z2-7]{{{CHARACTERS}}}"
SALT_BYTES = 32
PATIENCE_S = 60.0  # another run writes for milliseconds
OWNER_ONLY = 0o600
SAYS = (
    "RadSurv's key from pseudonyms to patients: keep it where the clinical table is, and out of everything that is shared."
    " Without it, a next run gives other pseudonyms."
)


class _Content(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(extra="forbid", strict=True)
    says: str
    salt: str = Field(pattern=rf"^[0-9a-f]{{{2 * SALT_BYTES}}}$")
    patients: dict[str, str]


class PseudonymKey:
    """A pseudonym for each id: the beginning of its keyed hash (BLAKE2b), in base32; the key is a salt that was drawn once.

    So a patient has the same pseudonym in every run with the same file, whoever else is in the table, and without the file
    nobody can try ids.

    Parameters
    ----------
    path
        Of the file, which may not be there yet.

    Raises
    ------
    ConfigError
        It is no key, damaged, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._salt: bytes | None = None
        self._ids: dict[str, str] = {}
        self._read()

    @property
    def ids(self) -> Mapping[str, str]:
        """The patients that are known, by pseudonym."""
        return self._ids

    def learn(self, patients: Iterable[str]) -> None:
        """Draw the salt if there is none, and have the file know these patients besides those that it knows.

        The file is its owner's alone, and whole or as it was.

        Raises
        ------
        ConfigError
            Two patients have the same pseudonym; the file cannot be written, or another run does not end to write it.
        """
        patients = list(patients)
        try:
            self._read()
            if self._salt is not None and self._with(patients) == self._ids:
                return  # a key that cannot be written serves those whom it knows
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.path, PATIENCE_S):
                self._read()  # another run may have drawn the salt, or added some, meanwhile
                if self._salt is None:
                    self._salt = secrets.token_bytes(SALT_BYTES)
                self._ids = self._with(patients)
                with atomic(self.path) as temporary:
                    self._write(temporary)
        except Timeout as busy:
            raise ConfigError(
                f"{self.path} is being written by another radsurv for {PATIENCE_S} s (it holds {busy.lock_file}): start again after its"
                f" end, or name another key with {OPTION}"
            ) from None
        except OSError as error:
            raise ConfigError(
                f"{self.path} cannot be written ({error.strerror or error}): name a place that can be with {OPTION}"
            ) from None

    def of(self, patient: str) -> str:
        """The pseudonym of an id.

        Raises
        ------
        ConfigError
            There is no file yet: no stage has told patients apart by it.
        """
        if self._salt is None:
            raise ConfigError(
                f"{self.path} is missing, the key of the pseudonyms ({OPTION}): put it back, or run stage cohort again"
            )
        digest = hashlib.blake2b(patient.encode(), key=self._salt).digest()
        return FIRST + base64.b32encode(digest).decode()[:CHARACTERS]

    def _read(self) -> None:
        try:
            content = _Content.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigError(
                f"{self.path} cannot be read ({error.strerror}), the key of the pseudonyms: name a file with {OPTION}"
            ) from None
        except ValidationError:
            raise self._damaged() from None
        self._salt = bytes.fromhex(content.salt)
        self._ids = dict(content.patients)
        if any(self.of(patient) != pseudonym for pseudonym, patient in self._ids.items()):
            raise self._damaged()

    def _damaged(self) -> ConfigError:
        return ConfigError(
            f"{self.path} is no key of pseudonyms, or was changed; expected a file that RadSurv wrote: put back a copy, or name"
            f" another with {OPTION}"
        )

    def _with(self, patients: Iterable[str]) -> dict[str, str]:
        """The patients that are known, and these."""
        known = dict(self._ids)
        for patient in patients:
            if known.setdefault(self.of(patient), patient) != patient:
                raise ConfigError(
                    f"{self.path}: two patients get the same pseudonym {self.of(patient)}; move the file away, so that a new"
                    " salt is drawn"
                )
        return known

    def _write(self, path: Path) -> None:
        assert self._salt is not None
        content = _Content(says=SAYS, salt=self._salt.hex(), patients=dict(sorted(self._ids.items())))
        path.chmod(OWNER_ONLY)
        path.write_text(content.model_dump_json(indent=1) + "\n", encoding="utf-8")

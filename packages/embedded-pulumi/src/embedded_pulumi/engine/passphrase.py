"""Encryption of secrets in the state by a passphrase, readable by the Pulumi CLI with the same passphrase.

AES-256-GCM under a key derived by PBKDF2 with SHA-256 and 1,000,000 rounds. A ciphertext is `v1:<nonce>:<data>`; the
salt is stored as `v1:<salt>:<the word "pulumi", encrypted>`; a wrong passphrase does not decrypt that word.

Source: pulumi/pkg/secrets/passphrase/manager.go and pulumi/sdk/go/common/resource/config/crypt.go.
"""

from __future__ import annotations

import functools
import hashlib
import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ROUNDS = 1_000_000
_KEY_BYTES = 32
_SALT_BYTES = 8
_NONCE_BYTES = 12
_OPEN_SALT = b"no words"
_OPEN_KEY = bytes.fromhex("80fc3ea0ca94e36235ea7ec82551cd7f655c8dde757fe331da9ab7b92579dc75")
"""What is derived from the empty passphrase and that salt. It protects nothing, so there is nothing to wait for."""
_PROOF = "pulumi"
_VERSION = "v1"

SECURE = "secure"
"""The only key of a mapping that stands for a secret; its value is the ciphertext."""


class WrongPassphrase(ValueError):
    """Another passphrase encrypted the secrets, or the ciphertext is damaged."""


@functools.lru_cache(maxsize=8)
def _derive(passphrase: str, salt: bytes) -> bytes:
    """The key of a passphrase. To derive it takes a third of a second on purpose, so the process keeps it."""
    if (passphrase, salt) == ("", _OPEN_SALT):
        return _OPEN_KEY
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, _KEY_BYTES)


class Crypter:
    """Encrypts and decrypts texts.

    Attributes:
        state: Version, salt and proof, which are stored beside the ciphertexts.
    """

    def __init__(self, key: bytes, state: str) -> None:
        self._cipher = AESGCM(key)
        self.state = state

    @classmethod
    def create(cls, passphrase: str) -> Crypter:
        """A crypter with a new salt; with a known one for the empty passphrase, which anybody can derive a key of."""
        salt = os.urandom(_SALT_BYTES) if passphrase else _OPEN_SALT
        key = _derive(passphrase, salt)
        return cls(key, f"{_VERSION}:{b64encode(salt).decode()}:{cls(key, '').encrypt(_PROOF)}")

    @classmethod
    def open(cls, passphrase: str, state: str) -> Crypter:
        """The crypter of a stored state.

        Raises:
            WrongPassphrase: it does not decrypt the proof, or the stored state is malformed.
        """
        version, _, rest = state.partition(":")
        salt, _, proof = rest.partition(":")
        if version != _VERSION or not proof:
            raise WrongPassphrase("the salt of the secrets is malformed")
        crypter = cls(_derive(passphrase, b64decode(salt)), state)
        if crypter.decrypt(proof) != _PROOF:
            raise WrongPassphrase("the passphrase is not the one of this stack's secrets")
        return crypter

    def encrypt(self, text: str) -> str:
        """A ciphertext, different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        data = self._cipher.encrypt(nonce, text.encode(), None)
        return f"{_VERSION}:{b64encode(nonce).decode()}:{b64encode(data).decode()}"

    def decrypt(self, ciphertext: str) -> str:
        """The text of a ciphertext.

        Raises:
            WrongPassphrase: another key was used, or the ciphertext is damaged.
        """
        version, _, rest = ciphertext.partition(":")
        nonce, _, data = rest.partition(":")
        if version != _VERSION:
            raise WrongPassphrase(f"a ciphertext of unknown version {version!r}")
        try:
            return self._cipher.decrypt(b64decode(nonce), b64decode(data), None).decode()
        except (InvalidTag, ValueError) as error:
            raise WrongPassphrase("the passphrase is not the one of this stack's secrets") from error

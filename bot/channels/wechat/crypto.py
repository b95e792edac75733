"""Signatures and AES encryption of WeChat messages.

The same scheme is used by 公众号 (receiver: appid), 企业微信 (corpid) and 钉钉 (appKey).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.errors import ChannelError

_BLOCK = 32  # the platform pads to 32 bytes, not to the 16 of AES
_RANDOM = 16
_HEADER = _RANDOM + 4


class MessageError(ValueError):
    """The request is not a valid message of the platform. `status`: the HTTP status to return.

    The text is logged, so it never quotes the message.
    """

    def __init__(self, why: str, status: int = 400) -> None:
        self.status = status
        super().__init__(why)


def signature(token: str, *parts: str) -> str:
    """Return the SHA-1 of the sorted strings in hex. `parts`: timestamp, nonce and Encrypt."""
    text = "".join(sorted((token, *parts)))
    # The platform prescribes SHA-1; the secret token protects the signature.
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def is_signed(given: str, token: str, *parts: str) -> bool:
    """Return whether `given` is the signature of the parts, compared in constant time."""
    expected = signature(token, *parts).encode()
    return hmac.compare_digest(expected, given.encode("utf-8", "replace"))


class WeChatCrypt:
    """Encrypts and decrypts messages with the account's EncodingAESKey.

    Raises ChannelError if the key is invalid.
    """

    def __init__(self, aes_key: str, receiver: str) -> None:
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise ChannelError("微信的 EncodingAESKey 不对：应当是公众平台给的 43 个字母和数字")
        self._receiver = receiver.encode()
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def decrypt(self, encrypted: str) -> str:
        """Return the message. Raises MessageError if it was not encrypted for this account."""
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise MessageError("the envelope is not base64") from None
        if not data or len(data) % 16:
            raise MessageError("the envelope is incomplete")
        decryptor = self._cipher.decryptor()
        plain = _unpad(decryptor.update(data) + decryptor.finalize())
        if len(plain) < _HEADER:
            raise MessageError("the envelope is too short")
        (size,) = struct.unpack(">I", plain[_RANDOM:_HEADER])
        message, receiver = plain[_HEADER : _HEADER + size], plain[_HEADER + size :]
        if len(message) != size:
            raise MessageError("the envelope's length is wrong")
        if not hmac.compare_digest(receiver, self._receiver):
            raise MessageError("the envelope is for another account", 403)
        try:
            return message.decode()
        except UnicodeDecodeError:
            raise MessageError("the envelope contains no text") from None

    def encrypt(self, plain: str, random16: bytes) -> str:
        """Return the encrypted message in base64. `random16`: 16 new random bytes."""
        if len(random16) != _RANDOM:
            raise ValueError("16 random bytes are needed")
        message = plain.encode()
        data = random16 + struct.pack(">I", len(message)) + message + self._receiver
        pad = _BLOCK - len(data) % _BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(
            encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()
        ).decode()


def _unpad(data: bytes) -> bytes:
    pad = data[-1]
    if not 1 <= pad <= min(_BLOCK, len(data)) or data[-pad:] != bytes([pad]) * pad:
        raise MessageError("the envelope's padding is wrong")
    return data[:-pad]

"""The WeChat wire: signatures and the encrypted envelope's AES.

The same scheme serves 公众号 (receiver: appid), 企业微信 (corpid) and 钉钉 (appKey).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.errors import ChannelError

_BLOCK = 32  # the platform pads to 32 bytes, not to AES's 16
_RANDOM = 16
_HEAD = _RANDOM + 4


class MessageError(ValueError):
    """What came in is not a message of the platform; `status` is the HTTP answer it deserves.

    The text never quotes the message: it goes to the log.
    """

    def __init__(self, why: str, status: int = 400) -> None:
        self.status = status
        super().__init__(why)


def signature(token: str, *parts: str) -> str:
    """sha1 of the sorted strings, in hex: timestamp and nonce, and Encrypt if there is one."""
    text = "".join(sorted((token, *parts)))
    # The platform fixes sha1; what protects here is the secret token in it.
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def is_signed(given: str, token: str, *parts: str) -> bool:
    """Whether `given` is the signature of the parts, compared in constant time."""
    wanted = signature(token, *parts).encode()
    return hmac.compare_digest(wanted, given.encode("utf-8", "replace"))


class WeChatCrypt:
    """Opens and seals messages with the account's EncodingAESKey.

    Raises ChannelError when the key is not one.
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

    def decrypt(self, sealed: str) -> str:
        """The message in the envelope. Raises MessageError unless it was sealed for us."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise MessageError("the envelope is not base64") from None
        if not data or len(data) % 16:
            raise MessageError("the envelope is cut off")
        opener = self._cipher.decryptor()
        plain = _unpad(opener.update(data) + opener.finalize())
        if len(plain) < _HEAD:
            raise MessageError("the envelope is too short")
        (size,) = struct.unpack(">I", plain[_RANDOM:_HEAD])
        message, receiver = plain[_HEAD : _HEAD + size], plain[_HEAD + size :]
        if len(message) != size:
            raise MessageError("the envelope's length is wrong")
        if not hmac.compare_digest(receiver, self._receiver):
            raise MessageError("the envelope is for another account", 403)
        try:
            return message.decode()
        except UnicodeDecodeError:
            raise MessageError("the envelope holds no text") from None

    def encrypt(self, plain: str, random16: bytes) -> str:
        """The message sealed, in base64. `random16`: 16 fresh random bytes."""
        if len(random16) != _RANDOM:
            raise ValueError("16 random bytes are needed")
        message = plain.encode()
        data = random16 + struct.pack(">I", len(message)) + message + self._receiver
        pad = _BLOCK - len(data) % _BLOCK
        sealer = self._cipher.encryptor()
        return base64.b64encode(
            sealer.update(data + bytes([pad]) * pad) + sealer.finalize()
        ).decode()


def _unpad(data: bytes) -> bytes:
    pad = data[-1]
    if not 1 <= pad <= min(_BLOCK, len(data)) or data[-pad:] != bytes([pad]) * pad:
        raise MessageError("the envelope's padding is wrong")
    return data[:-pad]

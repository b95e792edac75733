"""Settings: accepted values, refused values, and all faults in one report."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load
from bot.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config.yaml"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return path


def faults(folder: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), env or {})
    return list(caught.value.faults)


def test_the_shipped_file_says_the_same_as_the_defaults(tmp_path: Path) -> None:
    shipped = load(written(tmp_path, SHIPPED.read_text("utf-8")), {})
    assert shipped == load(written(tmp_path, ""), {})


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    settings = load(written(tmp_path, ""), {})
    assert [str(a) for a in settings.listen] == ["127.0.0.1:8080"]
    assert settings.limits.body_bytes == 16_384
    assert settings.telegram.token is None


def test_relative_paths_relate_to_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "store: sqlite:///a/b.db\nknowledge: k"), {})
    assert settings.store == f"sqlite:///{tmp_path}/a/b.db"
    assert settings.knowledge == tmp_path / "k"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "store: sqlite:////var/x.db\nknowledge: /srv/k"), {})
    assert settings.store == "sqlite:////var/x.db"
    assert settings.knowledge == Path("/srv/k")


def test_the_environment_wins_over_the_file_and_reaches_nested_keys(tmp_path: Path) -> None:
    env = {
        "POLICYBOT_LISTEN": "0.0.0.0:0, [::1]:9000",
        "POLICYBOT_LIMITS__QUEUE": "7",
        "POLICYBOT_TELEGRAM__TOKEN": "1:abc",
        "POLICYBOT_WECHAT__TAPPABLE_CHOICES": "true",
        "POLICYBOT_WECHAT__MENU": '[{"name": "开始", "choice": "c:start"}]',
        "POLICYBOT_TRUSTED_PROXIES": "10.0.0.1,10.0.0.2",
        "HOME": "/root",
    }
    settings = load(written(tmp_path, "limits:\n  queue: 3\n"), env)
    assert [str(a) for a in settings.listen] == ["0.0.0.0:0", "[::1]:9000"]
    assert settings.limits.queue == 7
    assert settings.telegram.token is not None
    assert settings.telegram.token.get_secret_value() == "1:abc"
    assert settings.wechat.tappable_choices
    assert settings.wechat.menu[0].choice == "c:start"
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {"POLICYBOT_TELEGRAM__TOKEN": " "}).telegram.token is None


def test_all_faults_are_reported_at_once_with_line_and_nearest_name(tmp_path: Path) -> None:
    text = (
        "listen: nowhere\n"
        "stroe: sqlite:///x.db\n"
        "limits:\n"
        "  body_bites: 5\n"
        "  queue: many\n"
        "  text_chars: 1\n"
        "wechat:\n"
        "  menu:\n"
        "    - nmae: x\n"
        "log: {level: loud}\n"
    )
    found = faults(
        tmp_path, text, {"POLICYBOT_LISTN": "x", "POLICYBOT_RELOAD__ENABLED": "perhaps"}
    )
    joined = "\n".join(found)
    for part in (
        "config.yaml:1: listen：“nowhere”不是“地址:端口”",
        "config.yaml:2: stroe：没有这个设置（是不是 store？）",
        "config.yaml:4: limits.body_bites：没有这个设置（是不是 body_bytes？）",
        "config.yaml:5: limits.queue：要写整数",
        "config.yaml:6: limits.text_chars：太小了，最小 20",
        "（是不是 name？）",
        "config.yaml:10: log.level：只能是",
        "环境变量 POLICYBOT_LISTN：没有这个设置（是不是 POLICYBOT_LISTEN？）",
        "环境变量 POLICYBOT_RELOAD__ENABLED：要写 true 或 false",
    ):
        assert part in joined


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("secret: abc", "POLICYBOT_SECRET"),
        ("telegram:\n  token: 1:a", "POLICYBOT_TELEGRAM__TOKEN"),
        ("wechat: {app_secret: a}", "POLICYBOT_WECHAT__APP_SECRET"),
        ("wechat: {aes_key: a}", "POLICYBOT_WECHAT__AES_KEY"),
        ("store: postgresql://me:pw@db/x", "POLICYBOT_STORE"),
        ("store: postgresql://db/x?password=pw", "POLICYBOT_STORE"),
        ("store: postgresql://me@db/x?sslmode=require&%70assword=pw", "POLICYBOT_STORE"),
        ("store: postgresql://db/x?sslpassword=pw", "POLICYBOT_STORE"),
        ("telegram: {proxy: 'http://u:pw@h:1'}", "POLICYBOT_TELEGRAM__PROXY"),
        ("telegram: {base_url: 'http://u:pw@h:1'}", "POLICYBOT_TELEGRAM__BASE_URL"),
        ("public_url: https://u:pw@h", "POLICYBOT_PUBLIC_URL"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    tmp_path: Path, text: str, variable: str
) -> None:
    found = faults(tmp_path, text)
    assert any(variable in line for line in found)
    assert not any("pw" in line or "abc" in line for line in found)


def test_secrets_do_not_show_in_repr(tmp_path: Path) -> None:
    env = {"POLICYBOT_SECRET": "hush" * 4, "POLICYBOT_STORE": "postgresql://me:hush@db/x"}
    assert "hush" not in repr(load(written(tmp_path, ""), env))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("listen: a\nlisten: b", "写了两遍"),
        ("limits:\n  queue: [1\n", "YAML 读不懂"),
        ("- a", "最外层"),
        ("limits: 5", "下一级"),
        ("a: &x {b: *x}", "没有这个设置"),
        ("1: 2", "config.yaml"),
        ("store: mysql://x", "sqlite:///"),
        ("store: 'postgresql://[::1/db'", "%2F"),
        ("trusted_proxies: [10.0.0.1/8]", "10.0.0.1/8"),
        ("trusted_proxies: nginx", "IP"),
        ("public_url: 'http://[::1'", "完整网址"),
        ("public_url: www.example.cn", "完整网址"),
        ("public_url: https://example.cn/?from=wx", "不能有 ?"),
        ("public_url: https://example.cn/guide", "不能带路径（/guide）"),
        ("api: {token: 0123456789abcdef}", "是秘密，不能写在文件里"),
        ("embed_origins: [space.example.org]", "https://域名"),
        ("embed_origins: ['*']", "“*”不是网站的地址"),
        ("embed_origins: [https://a.example/chat]", "后面不带路径"),
        ("embed_origins: ['https://a.example; script-src *']", "不是网站的地址"),
        ("telegram: {webhook_url: 'http://x.cn/t'}", "https://"),
        ("listen: []", "至少写一个"),
        ("listen: 127.0.0.1:70000", "地址:端口"),
        ("retention: {sessions_days: 0}", "太小了"),
        ("store: 2016-01-99", "YAML"),
    ],
)
def test_each_fault_has_its_message(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(faults(tmp_path, text))


@pytest.mark.parametrize("password", ["hush/hush", "hush?hush", "hush#hush"])
def test_a_password_that_breaks_the_url_is_reported_and_not_repeated(
    tmp_path: Path, password: str
) -> None:
    env = {"POLICYBOT_STORE": f"postgresql://me:{password}@db/x", "POLICYBOT_LISTEN": "x"}
    found = faults(tmp_path, "", env)
    assert len(found) == 2
    assert "POLICYBOT_STORE" in "\n".join(found)
    assert "hush" not in "\n".join(found)


def test_proxies_may_be_addresses_networks_or_an_asterisk(tmp_path: Path) -> None:
    text = "trusted_proxies: [127.0.0.1, '::1', 10.0.0.0/8, '*']"
    assert load(written(tmp_path, text), {}).trusted_proxies[2:] == ("10.0.0.0/8", "*")


def test_sites_that_may_embed_the_chat_come_as_a_list_or_a_text(tmp_path: Path) -> None:
    env = {"POLICYBOT_EMBED_ORIGINS": "https://A.example/, http://10.0.0.5:8000,https://a.example"}
    listed = ("https://a.example", "http://10.0.0.5:8000")
    assert load(written(tmp_path, ""), env).embed_origins == listed
    assert load(written(tmp_path, ""), {}).embed_origins == ()


def test_settings_that_need_each_other_are_checked_along_with_the_rest(tmp_path: Path) -> None:
    env = {"POLICYBOT_WECHAT__AES_KEY": "k" * 43}
    text = "wechat: {customer_service: true, menu: 5}"
    joined = "\n".join(faults(tmp_path, text, env))
    assert "POLICYBOT_WECHAT__APP_ID" in joined
    assert "POLICYBOT_WECHAT__APP_SECRET" in joined
    assert "wechat.menu" in joined


def test_a_missing_file_is_a_fault_and_no_file_is_the_defaults(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="读不了"):
        load(tmp_path / "none.yaml", {})
    assert load(None, {}).knowledge == Path.cwd() / "knowledge"


def test_a_file_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("listen: 柳州".encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load(path, {})


def test_a_missing_file_and_an_unknown_value_have_plain_chinese_messages(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.yaml", {})
    assert str(caught.value) == f"{tmp_path}/none.yaml：读不了这个文件（没有这个文件或文件夹）"
    assert faults(tmp_path, "log: {level: loud}") == [
        "config.yaml:1: log.level：只能是 debug、info、warning 或 error"
    ]


@pytest.mark.parametrize(
    ("secret", "short"), [("柳" * 15, True), ("柳" * 16, False), ("柳", True)]
)
def test_a_short_secret_is_refused_and_not_repeated(
    tmp_path: Path, secret: str, short: bool
) -> None:
    env = {"POLICYBOT_SECRET": secret}
    if short:
        with pytest.raises(
            ConfigError, match="POLICYBOT_SECRET：太短了，至少 16 个字符"
        ) as caught:
            load(written(tmp_path, ""), env)
        assert secret not in str(caught.value)
    else:
        load(written(tmp_path, ""), env)


def test_a_database_without_a_password_may_be_in_the_file(tmp_path: Path) -> None:
    url = "postgresql://me@db/x?sslmode=require&application_name=password"
    assert load(written(tmp_path, f"store: {url}"), {}).store == url

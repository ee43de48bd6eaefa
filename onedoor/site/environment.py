"""Every environment variable that the product reads: what it means, what holds without it, who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Variable:
    """`default` in words; a `secret` stands in no unit file; an `inner` one is set by the product itself."""

    name: str
    meaning: str
    default: str = "不设"
    secret: bool = False
    inner: bool = False


VARIABLES: Final = (
    Variable(
        "ONEDOOR_HOME",
        "数据目录：数据库、密钥、文书、锚点、日志都在里面",
        "root 为 `/var/lib/onedoor`，其他用户为 `~/.local/share/onedoor`",
    ),
    Variable(
        "ONEDOOR_PUBLIC_URL",
        "外面的人访问本系统的网址，印在文书的二维码里",
        "本机的地址",
    ),
    Variable("ONEDOOR_DATABASE_URL", "已有的 PostgreSQL 服务器", "自带的数据库", secret=True),
    Variable(
        "ONEDOOR_APP_DATABASE_URL", "应用连接已有服务器所用的用户", "`onedoor_app`，自动建立", secret=True
    ),
    Variable("ONEDOOR_BACKUP_DIR", "每夜自动备份到这个目录", "不自动备份"),
    Variable("ONEDOOR_BACKUP_KEEP", "自动备份保留几份", "14"),
    Variable("ONEDOOR_BACKUP_AT", "自动备份的时间（北京时间，HH:MM）", "02:00"),
    Variable("ONEDOOR_BACKUP_DRILL_DAYS", "隔几天自动做一次恢复演练，0 为不做", "30"),
    Variable(
        "ONEDOOR_SCANNER", "给上传的文件查病毒的服务，例如 `clamd://127.0.0.1:3310`", "只检查类型和结构"
    ),
    Variable("ONEDOOR_SMS_URL", "短信平台的网址", "短信只留在系统里"),
    Variable("ONEDOOR_SMS_TOKEN_FILE", "存放短信平台令牌的文件", "不带令牌"),
    Variable("ONEDOOR_OIDC_ISSUER", "统一身份认证的标识（issuer）", "不能用统一身份认证登录"),
    Variable("ONEDOOR_OIDC_CLIENT_ID", "在统一身份认证登记的客户端编号", "不能用统一身份认证登录"),
    Variable("ONEDOOR_OIDC_SECRET_FILE", "存放客户端密钥的文件", "不带密钥"),
    Variable("ONEDOOR_OIDC_NAME", "登录页上统一身份认证的名称", "省统一身份认证"),
    Variable("ONEDOOR_OIDC_SCOPES", "向统一身份认证请求的范围", "`openid profile phone`"),
    Variable(
        "ONEDOOR_OIDC_CLAIMS",
        "统一身份认证怎样称呼各项信息，例如 `name=xm,id_number=sfzh`",
        "`name`、`id_number`、`phone_number`、`acr`",
    ),
    Variable("ONEDOOR_PASSWORD_PROFILE", "密码和登录的规则：`asvs` 或 `dengbao`（等保三级）", "`asvs`"),
    Variable("ONEDOOR_FACTOR_ROLES", "必须用第二重验证登录的角色，逗号分隔", "按密码规则"),
    Variable(
        "ONEDOOR_STAFF_IDLE",
        "工作人员多少分钟没有操作就退出登录，5 到 720；`dengbao` 最多 30",
        "`asvs` 60，`dengbao` 30",
    ),
    Variable(
        "ONEDOOR_APPLICANT_IDLE",
        "办事群众多少分钟没有操作就退出登录，5 到 720；`dengbao` 最多 30",
        "`asvs` 120，`dengbao` 30",
    ),
    Variable(
        "ONEDOOR_PROXY_HEADER",
        "反向代理用哪个请求头写明访问者地址：`X-Forwarded-For`，或一个单词的名称，例如 `Visitor`",
        "`X-Forwarded-For`",
    ),
    Variable("ONEDOOR_PYTHON", "`make` 用哪个 Python 安装", "`python3`"),
    Variable("ONEDOOR_DATABASE_NAME", "同一服务器上的另一个数据库", "`onedoor`", inner=True),
    Variable("ONEDOOR_DB_ROLE", "写 `owner` 时以数据表拥有者连接", "应用用户", inner=True),
    Variable("ONEDOOR_TLS", "写 `1` 时网页只经 HTTPS 到达", "由 `onedoor up` 设置", inner=True),
    Variable("ONEDOOR_BEHIND_PROXY", "写 `1` 时前面有反向代理", "由 `onedoor up` 设置", inner=True),
    Variable("ONEDOOR_RUN_TOKEN", "本次运行的标记，用来找回遗留的进程", "由 `onedoor up` 设置", inner=True),
    Variable("ONEDOOR_LOG", "写哪一个日志文件", "由 `onedoor up` 设置；不设时写到标准错误", inner=True),
)

#: What only building and choosing the home need; the service has the home as its own line.
_NOT_FOR_SERVICES: Final = frozenset({"ONEDOOR_HOME", "ONEDOOR_PYTHON"})
#: Names that a service takes over from the environment of whoever installs it.
PASSED_ON: Final = tuple(
    each.name for each in VARIABLES if not (each.secret or each.inner or each.name in _NOT_FOR_SERVICES)
)

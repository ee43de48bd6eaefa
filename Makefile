# 一扇门：安装、运行、测试。make help 列出全部目标。
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON := $(BIN)/python
STAMPS := $(VENV)/.stamps
DIST   := onedoor/faces/static/dist
PORT   ?= 8000
RUN    ?=

# Everything the pages are built from: a change in any of them builds again.
LOOK := $(shell find frontend onedoor/faces/static -type f \
	-not -path 'frontend/node_modules/*' -not -path '$(DIST)/*' 2>/dev/null)

# Not a file: whatever asks for it is made anew.
.PHONY: FORCE docs pictures help run test check pytest bench nightly lock clean static install install-dev

help: ## 列出全部目标
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: install static ## 安装所需并启动演示县（端口可改：make run PORT=8001）
	@exec $(BIN)/onedoor up --demo --port $(PORT) $(RUN)

test: install-dev static check pytest ## 安装所需并运行全部测试

check: install-dev ## 检查：格式、类型、层次
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(BIN)/lint-imports --no-cache

pytest: install-dev static
	@sh scripts/browser-setup.sh
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/journeys tests/faults tests

nightly: install-dev static ## 全部测试，连同长时间的：崩溃、并发、随机输入（约一小时）
	@sh scripts/browser-setup.sh
	@$(PYTHON) scripts/nightly.py

bench: install ## 性能测试（每项一分钟内）
	@for name in $$($(PYTHON) -c 'from onedoor.site.commands.bench import available; print(*available())'); do \
		$(BIN)/onedoor bench $$name --quick || exit 1; done

static: install $(STAMPS)/static ## 生成页面文件

install: $(STAMPS)/base
	@$(PYTHON) -P scripts/link-package.py

install-dev: install $(STAMPS)/dev

docs: install ## 从代码生成文档
	$(PYTHON) scripts/generate-docs.py

pictures: install-dev static ## 由浏览器测试重拍文档里的图
	@sh scripts/browser-setup.sh
	ONEDOOR_PICTURES=1 $(PYTHON) -m pytest -m "" tests/journeys

lock: install-dev ## 重新锁定依赖的版本和校验值（需要 uv）
	@command -v uv >/dev/null || { echo '缺少 uv。请先安装：$(BIN)/pip install uv，并把它放进 PATH。' >&2; exit 1; }
	for name in base build dev; do uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean: ## 删除安装和生成的文件（不动数据目录）
	rm -rf $(VENV) .cache $(DIST) frontend/node_modules

$(PYTHON):
	@sh scripts/make-venv.sh $(VENV)

$(STAMPS)/base: requirements/base.txt requirements/build.txt | $(PYTHON)
	@sh scripts/install.sh $(PYTHON) $@ requirements/base.txt requirements/build.txt

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/base | $(PYTHON)
	@sh scripts/install.sh $(PYTHON) $@ requirements/dev.txt

$(STAMPS)/static: $(LOOK) $(if $(wildcard $(DIST)),,FORCE) | $(STAMPS)/base
	@$(PYTHON) frontend/build.py
	@touch $@

FORCE:

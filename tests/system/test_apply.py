# SPDX-License-Identifier: Apache-2.0
"""fother status, plan, apply, rollback, history: a container is replaced."""

import json
import shlex
import subprocess

import pytest

from lab import proxy as lab_proxy
from lab.client import Client

# Bounds for one stop and one start, on a busy machine; the usual is 1 s.
OUTAGE_SEC = 5

# What a container is given by its owner, and must have ever after.
OWNED = ["HostConfig.RestartPolicy", "HostConfig.PortBindings",
         "HostConfig.Binds", "HostConfig.Memory", "HostConfig.CapDrop",
         "HostConfig.LogConfig", "HostConfig.ExtraHosts",
         "HostConfig.Ulimits", "HostConfig.Tmpfs", "HostConfig.Init",
         "HostConfig.Sysctls", "Config.StopSignal", "Config.Cmd",
         "Config.Entrypoint", "Config.ExposedPorts", "Config.Hostname"]


def at(inspect, path):
    for key in path.split("."):
        inspect = inspect[key]
    return inspect


def plan_of(fother, name, **options):
    result = fother("plan", name, **options)
    [row] = [row for row in result.rows if row[-1] == name]
    return result, dict(zip(
        ("action", "pending", "security", "reason", "image"), row))


def apply(fother, *args, **options):
    return fother("apply", *args, "--yes", "--settle", "1", **options)


def status_of(fother, name):
    result = fother("status")
    [row] = [row for row in result.rows if row[-1] == name]
    return result, dict(zip(
        ("state", "health", "pending", "security", "last", "image"), row))


def journal_is_clean(fother, engine, proxy):
    """Nothing is left to resume, and resuming nothing changes nothing."""
    before = {name: one["Id"] for name, one in engine.containers().items()}
    proxy.reset()
    result = fother("apply", "--resume", host=proxy.url)
    assert result.code == 0, result
    assert not proxy.counted, proxy.counted
    assert before == {name: one["Id"]
                      for name, one in engine.containers().items()}


def test_the_whole_way(site, engine, fother, proxy):
    old_id = site.run()
    engine.docker("exec", "web", "sh", "-c", "echo kept >/data/file")

    result, plan = plan_of(fother, "web")
    assert result.code == 0, result
    assert plan["action"] == "patch"
    assert (plan["pending"], plan["security"]) == ("2", "1")
    assert len(plan["reason"]) > 5

    result, status = status_of(fother, "web")
    assert (status["state"], status["pending"], status["security"]) == \
        ("running", "2", "1")

    patched = fother("patch", f"docker-daemon:{site.IMAGE}", "--output",
                     "docker-daemon:lab/patched:1")
    assert patched.code == 0, patched
    assert patched.rows[0][1] == "lab/patched:1"

    with Client(engine, site.URL) as client:
        result = apply(fother, "web")
        assert result.code == 0, result
        seen = client.stop()
    assert seen["last"].strip() == "web 1.0+deb12u1"
    assert seen["outage_sec"] < OUTAGE_SEC

    new = engine.inspect("web")
    assert new["Id"] != old_id
    assert new["Image"] == patched.rows[0][0], "the same image, to the digest"
    assert engine.docker("exec", "web", "cat", "/data/file") == "kept"
    old = engine.inspect(old_id)
    assert old and not old["State"]["Running"], "kept, and stopped"
    assert site.running() == ["web"]

    _, status = status_of(fother, "web")
    assert (status["pending"], status["security"]) == ("0", "0")
    _, plan = plan_of(fother, "web")
    assert plan["action"] == "up-to-date"
    assert "web" in fother("history", "web").out
    journal_is_clean(fother, engine, proxy)

    result = fother("rollback", "web", "--yes")
    assert result.code == 0, result
    assert engine.inspect("web")["Id"] == old_id
    assert site.served() == "web 1.0"
    assert site.running() == ["web"]
    assert engine.docker("exec", "web", "cat", "/data/file") == "kept"

    result = apply(fother, "web")
    assert result.code == 0, result
    assert site.served() == "web 1.0+deb12u1"
    assert site.running() == ["web"]
    journal_is_clean(fother, engine, proxy)


def test_what_its_owner_gave_it_stays(site, engine, fother):
    site.run("web", "--restart", "unless-stopped", "--memory", "200m",
             "--cap-drop", "MKNOD", "--env", "MINE=a b=c",
             "--label", 'org.example.mine=quote " and\nline',
             "--log-opt", "max-size=1m", "--add-host", "db:192.0.2.1",
             "--ulimit", "nofile=512:1024", "--tmpfs", "/scratch:size=1m",
             "--init", "--sysctl", "net.ipv4.ip_unprivileged_port_start=0",
             "--hostname", "web.example.org")
    before = engine.inspect("web")
    result = apply(fother, "web")
    assert result.code == 0, result
    after = engine.inspect("web")
    for path in OWNED:
        assert at(after, path) == at(before, path), path
    assert set(before["Config"]["Env"]) == set(after["Config"]["Env"])
    for key, value in before["Config"]["Labels"].items():
        assert after["Config"]["Labels"][key] == value


def test_networks_and_anonymous_volumes_are_carried(site, engine, fother):
    engine.docker("network", "create", "--subnet", "10.77.0.0/24", "front")
    engine.docker("network", "create", "back")
    try:
        site.run("web", "--network", "front", "--network-alias", "www",
                 "--ip", "10.77.0.77", "-v", "/anonymous")
        engine.docker("network", "connect", "--alias", "db", "back", "web")
        engine.docker("exec", "web", "sh", "-c", "echo kept >/anonymous/file")
        result = apply(fother, "web")
        assert result.code == 0, result
        networks = engine.inspect("web")["NetworkSettings"]["Networks"]
        assert set(networks) == {"front", "back"}
        assert networks["front"]["IPAddress"] == "10.77.0.77"
        assert "www" in networks["front"]["Aliases"]
        assert "db" in networks["back"]["Aliases"]
        assert engine.docker("exec", "web", "cat", "/anonymous/file") == \
            "kept"
        assert site.served() == "web 1.0+deb12u1"
    finally:
        engine.remove_containers()
        engine.docker("network", "rm", "front", "back")


def test_the_order_of_the_steps(site, engine, fother, proxy):
    """Created before the old one is stopped; nothing is ever removed; and
    never do both run."""
    site.run()
    both = []
    proxy.reset(hook=lambda *_: both.append(len(site.running())),
                matches=lab_proxy.mutates)
    result = apply(fother, "web", host=proxy.url)
    assert result.code == 0, result
    paths = [path.split("?")[0] for method, path in proxy.counted]
    steps = [path.rsplit("/", 1)[1] for path in paths]
    assert steps.index("create") < steps.index("stop") < \
        steps.index("start")
    assert not [method for method, _ in proxy.counted if method == "DELETE"]
    assert max(both) <= 1


def test_nothing_pending_touches_nothing(site, engine, fother, proxy):
    site.run()
    assert apply(fother, "web").code == 0
    again = apply(fother, "web", host=proxy.url)
    assert again.code == 0, again
    assert not proxy.counted


def test_a_stopped_container_is_not_started(site, engine, fother, proxy):
    site.run()
    engine.docker("stop", "web")
    apply(fother, "web", host=proxy.url)
    assert site.running() == []


def refused(fother, engine, proxy, site, *words, name="web"):
    """Held by the plan and refused by apply, with the reason; untouched."""
    result, plan = plan_of(fother, name)
    assert plan["action"] == "hold", result
    before = {key: (one["Id"], one["State"]["Running"])
              for key, one in engine.containers().items()}
    proxy.reset()
    applied = apply(fother, name, host=proxy.url)
    assert applied.code in (1, 3), applied
    assert not proxy.counted, proxy.counted
    assert before == {key: (one["Id"], one["State"]["Running"])
                      for key, one in engine.containers().items()}
    for word in words:
        assert word in plan["reason"].lower(), plan
        assert word in applied.err.lower(), applied


def test_a_container_of_compose_is_refused(site, engine, fother, proxy):
    site.run("web", "--label", "com.docker.compose.project=shop",
             "--label", "com.docker.compose.service=web")
    refused(fother, engine, proxy, site, "compose")


def test_a_container_that_removes_itself_is_refused(site, engine, fother,
                                                    proxy):
    site.run("web", "--rm")
    refused(fother, engine, proxy, site, "--rm")


def test_a_volume_that_two_write_is_refused(site, engine, fother, proxy):
    site.run()
    site.run("second", "-v", "web-data:/shared", port=None)
    refused(fother, engine, proxy, site, "web-data")
    result = apply(fother, "web", "--shared-volumes")
    assert result.code == 0, result
    assert site.served() == "web 1.0+deb12u1"


def test_an_image_that_is_not_debian_is_unknown(site, engine, fother, proxy):
    image = site.image("lab/odd:1", files={
        "/etc/os-release": "ID=alpine\n", "/usr/lib/os-release":
        "ID=alpine\n"})
    site.run(image=image)
    result, plan = plan_of(fother, "web")
    assert result.code == 3, result
    assert plan["action"] in ("unknown", "hold")
    applied = apply(fother, "web", host=proxy.url)
    assert applied.code in (1, 3), applied
    assert not proxy.counted
    _, status = status_of(fother, "web")
    assert status["pending"] == "?"


def test_an_index_that_does_not_verify_replaces_nothing(site, engine, fother,
                                                        proxy):
    site.run()
    site.repository.publish("stable-security", signers=("other",))
    result, plan = plan_of(fother, "web")
    assert result.code == 3, result
    assert plan["action"] == "unknown"
    applied = apply(fother, "web", host=proxy.url)
    assert applied.code in (1, 3), applied
    assert not proxy.counted


def test_a_container_that_is_not_there(fother):
    result = apply(fother, "nobody")
    assert result.code == 1, result
    assert "nobody" in result.err


def test_who_says_no_is_heeded(site, engine, fother, proxy):
    """On a terminal it asks first; elsewhere there is nobody to ask."""
    site.run()
    command = fother.command("apply", "web", host=proxy.url)
    asked = subprocess.run(
        ["script", "-qec", shlex.join(command), "/dev/null"], input="n\n",
        env=fother.env, stdout=subprocess.PIPE, text=True, timeout=120)
    assert "?" in asked.stdout
    assert not [path for _, path in proxy.counted if "/containers/" in path]
    assert site.served() == "web 1.0"


def test_rollback_of_what_was_never_replaced(site, engine, fother, proxy):
    site.run()
    result = fother("rollback", "web", "--yes", host=proxy.url)
    assert result.code == 1, result
    assert not proxy.counted


BROKEN = {
    "exits at once": {"serve": "exit 3\n"},
    "exits after a moment": {"serve": "sleep 0.5; exit 3\n"},
    "is unhealthy": {"health": ""},
}


def rolled_back(result, site, engine, fother, proxy, old_id):
    """The old one serves, one error says why, and the journal is clean."""
    assert result.code == 4, result
    assert result.err.strip(), result
    assert engine.inspect("web")["Id"] == old_id
    assert site.running() == ["web"]
    assert site.served() == "web 1.0"
    journal_is_clean(fother, engine, proxy)


@pytest.mark.parametrize("how", BROKEN)
def test_a_successor_that(site, engine, fother, proxy, how):
    site.web("stable-security", "1.0+deb12u2", **BROKEN[how])
    old_id = site.run(
        "web", "--health-cmd", "test -s /usr/share/lab/health",
        "--health-interval", "1s", "--health-retries", "2")
    result = apply(fother, "web")
    rolled_back(result, site, engine, fother, proxy, old_id)


def test_a_successor_that_is_slow_to_be_healthy_is_waited_for(site, engine,
                                                              fother):
    site.web("stable-security", "1.0+deb12u2", health="", serve=(
        "(sleep 3; echo ok >/usr/share/lab/health) &\n" + site.SERVE))
    site.run("web", "--health-cmd", "test -s /usr/share/lab/health",
             "--health-interval", "1s", "--health-retries", "10")
    result = apply(fother, "web")
    assert result.code == 0, result
    assert engine.inspect("web")["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("step", ["create", "rename", "start"])
@pytest.mark.parametrize("act", [lab_proxy.FAIL, lab_proxy.CUT_AFTER])
def test_an_engine_that_refuses(site, engine, fother, proxy, step, act):
    """One refused or broken request: done at last, or rolled back."""
    old_id = site.run()
    proxy.reset(1, act, lambda method, path:
                method == "POST" and path.split("?")[0].endswith(step))
    result = apply(fother, "web", host=proxy.url)
    assert len(proxy.counted) >= 1, proxy.requests
    if result.code == 0:
        assert site.served() == "web 1.0+deb12u1"
        assert site.running() == ["web"]
        journal_is_clean(fother, engine, proxy)
    elif step == "create":
        assert result.code in (1, 4), result
        result.code = 4
        rolled_back(result, site, engine, fother, proxy, old_id)
    else:
        rolled_back(result, site, engine, fother, proxy, old_id)


def test_one_that_fails_does_not_stop_the_other(site, engine, fother):
    site.run()
    site.run("other", "--rm", port=None)
    result = apply(fother, "other", "web")
    assert result.code in (1, 3), result
    assert site.served() == "web 1.0+deb12u1"


def test_json_of_plan_and_status(site, fother):
    site.run()
    for verb in ("plan", "status"):
        answer = json.loads(fother(verb, "--output", "json").out)
        assert answer["schema"] == f"fother.{verb}/1"
        assert "web" in json.dumps(answer)

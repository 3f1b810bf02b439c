/*
 * Runs a command of this repository when the machine is ready for it: `node scripts/ready.mjs <command> …`.
 * It checks Node and Java, installs the packages from the lock file when they are not those of it, and then runs
 * the command with the repository's own Node first in the path.
 *
 * It is started by whatever Node the machine has, with no package installed: so it imports nothing but Node's own
 * modules, and is written so that old versions of Node get as far as the line that says what is missing.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const leastNode = 20;
const leastJava = 17;

function give(line) {
  console.error(line);
  process.exit(1);
}

/** The major version of Java, `null` when there is none. Old ones call themselves 1.8. */
function javaVersion() {
  const { status, stdout, stderr } = spawnSync("java", ["-version"], { encoding: "utf8" });
  const match = status === 0 ? /version "(?:1\.)?(\d+)/.exec(`${stderr}${stdout}`) : null;
  return match === null ? null : Number(match[1]);
}

function checkMachine() {
  const node = Number(process.versions.node.split(".")[0]);
  if (node < leastNode) {
    give(
      `Node ${leastNode} or newer is needed, and this is ${process.versions.node}: install it from https://nodejs.org.`,
    );
  }
  const java = javaVersion();
  if (java === null || java < leastJava) {
    const found = java === null ? "none was found" : `this is ${java}`;
    give(`Java ${leastJava} or newer is needed, and ${found}: install it, for example from https://adoptium.net.`);
  }
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return null;
  }
}

/**
 * Whether the installed packages are those of the lock file, by npm's own record of what it installed. npm writes
 * it last, so that an installation that was broken off has none. Optional packages may be for another platform.
 */
function isInstalled() {
  const locked = packagesOf(join(root, "package-lock.json"));
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json"));
  if (locked === null || installed === null) {
    return false;
  }
  return Object.entries(locked).every(([path, wanted]) => {
    const found = installed[path];
    if (path === "" || (found === undefined && wanted.optional)) {
      return true;
    }
    return found !== undefined && found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** Installs when packages are missing or are those of another lock file; what is right is never touched. */
function installPackages() {
  if (isInstalled()) {
    return;
  }
  console.error("Installing the packages (npm ci) …");
  // Everything here needs the packages for developing, also where NODE_ENV is production.
  const { status, stdout, stderr, error } = spawnSync("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    console.error(`${stdout || ""}${stderr || ""}`);
    give(`The packages could not be installed: npm ci failed${error ? ` (${error.message})` : ""}.`);
  }
}

/** An install script brings the Node that everything here runs on; npm leaves it out where it is told to. */
function checkInstallScripts() {
  if (!existsSync(join(root, "node_modules", ".bin", "node"))) {
    give(
      "npm ran no install scripts (its setting ignore-scripts): run npm rebuild --ignore-scripts=false node esbuild.",
    );
  }
}

/** Runs the command to its end; this process ends as the command does. */
function run(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH || ""}` },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the command by itself; sent to it twice, it would end without tidying up.
      if (signal !== "SIGINT" || !process.stdin.isTTY) {
        child.kill(signal);
      }
    });
  }
  child.on("error", (error) => give(`${command} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exit(code === null ? 128 + constants.signals[signal] : code);
  });
  // A parent that was killed gives no signal; when it is gone, the command is asked to end.
  const parent = process.ppid;
  const npm = npmAboveShell();
  setInterval(() => {
    if (process.ppid !== parent || (npm !== null && !isThere(npm))) {
      child.kill("SIGTERM");
    }
  }, 500).unref();
}

/**
 * The process id of npm when it has a shell between itself and this program; `null` otherwise. The shell would
 * outlive an npm that was killed, and so would all below it.
 */
function npmAboveShell() {
  if (process.env.npm_lifecycle_event === undefined) {
    return null;
  }
  const { name, parent } = describeProcess(process.ppid);
  return /^(?:.*\/)?(?:ba|da|z|k)?sh$/.test(name) ? parent : null;
}

/** A process's name and its parent's id: from the kernel where it has a file for that, otherwise from ps. */
function describeProcess(pid) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return { name, parent: Number(parent) };
  } catch {
    const { stdout } = spawnSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" });
    const [, parent, name] = /^\s*(\d+)\s+(.*\S)/.exec(stdout || "") || [null, "0", ""];
    return { name, parent: Number(parent) };
  }
}

function isThere(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One that belongs to somebody else is there, too.
    return error.code === "EPERM";
  }
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  give("usage: node scripts/ready.mjs <command> [arguments]");
}
checkMachine();
installPackages();
checkInstallScripts();
run(command, args);

//! The Grafana that the demo starts: how it is called, and the files that the call names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oriel_testkit::until;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

use crate::dashboards;
use crate::running::{Demo, PATIENCE, Ports};

const PLUGIN: &str = "simpod-json-datasource";

/// An installation of Grafana as far as the demo looks at it.
struct Installation {
    folder: PathBuf,
}

impl Installation {
    fn new(name: &str) -> Installation {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        for part in ["bin", "conf", "calls"] {
            fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        fs::write(folder.join("conf/defaults.ini"), "").expect("a file");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/stand-in.sh");
        fs::copy(script, folder.join("bin/grafana")).expect("the stand-in");
        Installation { folder }
    }

    fn path(&self) -> String {
        format!("{}:{}", self.folder.join("bin").display(), std::env::var("PATH").unwrap_or_default())
    }

    fn calls(&self) -> String {
        self.folder.join("calls").display().to_string()
    }

    async fn call(&self, command: &str) -> Call {
        let file = |end: &str| self.folder.join(format!("calls/{command}.{end}"));
        let read = async || fs::read_to_string(file("arguments")).ok();
        let arguments = until("a call of grafana", PATIENCE, read).await;
        let environment = fs::read_to_string(file("env")).expect("written before the arguments");
        let pairs = environment.split('\0').filter_map(|pair| pair.split_once('='));
        Call {
            arguments: arguments.lines().map(str::to_owned).collect(),
            environment: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }
}

/// One call of `grafana`.
struct Call {
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Call {
    fn variable(&self, name: &str) -> &str {
        self.environment.get(name).unwrap_or_else(|| panic!("{name} is not set"))
    }

    fn option(&self, name: &str) -> &str {
        let start = format!("--{name}=");
        let found = self.arguments.iter().find_map(|argument| argument.strip_prefix(&start));
        found.unwrap_or_else(|| panic!("--{name} is not given: {:?}", self.arguments))
    }

    /// A provisioning file, its variables put in as Grafana does.
    fn provisioned(&self, kind: &str) -> Value {
        let folder = Path::new(self.variable("GF_PATHS_PROVISIONING")).join(kind);
        let mut files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let file = files.next().expect("a provisioning file").expect("an entry").path();
        assert_eq!(file.extension().and_then(|end| end.to_str()), Some("yaml"), "{}", file.display());
        let mut text = fs::read_to_string(&file).expect("a provisioning file");
        for (name, value) in &self.environment {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        assert!(!text.contains("${"), "a variable that is not set: {text}");
        let documents =
            Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        json(&documents[0])
    }
}

/// YAML as JSON, as far as provisioning files go.
fn json(yaml: &Yaml) -> Value {
    if let Some(map) = yaml.as_mapping() {
        return map
            .iter()
            .map(|(key, value)| (key.as_str().expect("a name").to_owned(), json(value)))
            .collect();
    }
    if let Some(list) = yaml.as_sequence() {
        return list.iter().map(json).collect();
    }
    if let Some(text) = yaml.as_str() {
        return text.into();
    }
    yaml.as_integer().map(Value::from).or(yaml.as_bool().map(Value::from)).unwrap_or(Value::Null)
}

fn check_settings(call: &Call, demo: &Demo) {
    let set = |name: &str, value: &str| assert_eq!(call.variable(name), value, "{name}");
    set("GF_SERVER_HTTP_ADDR", "127.0.0.1");
    set("GF_SERVER_HTTP_PORT", &demo.ports.grafana.to_string());
    set("GF_AUTH_ANONYMOUS_ENABLED", "true");
    set("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer");
    set("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "true");
    set("GF_DASHBOARDS_MIN_REFRESH_INTERVAL", "1s");
    for name in ["GF_PATHS_DATA", "GF_PATHS_LOGS", "GF_PATHS_PLUGINS"] {
        let path = Path::new(call.variable(name));
        assert!(path.starts_with(&demo.folder) && path.is_dir(), "{name} is {}", path.display());
    }
    assert!(Path::new(call.option("config")).is_file(), "a configuration of its own, not the system's");
    assert!(Path::new(call.variable("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")).is_file());
}

fn check_datasource(call: &Call, demo: &Demo) -> Value {
    let provisioned = call.provisioned("datasources");
    assert_eq!(provisioned["apiVersion"], 1);
    let source = &provisioned["datasources"][0];
    assert_eq!(source["type"], PLUGIN);
    assert_eq!(source["access"], "proxy");
    assert_eq!(source["url"], demo.adapter());
    source.clone()
}

fn dashboard_folder(call: &Call) -> PathBuf {
    let provisioned = call.provisioned("dashboards");
    let provider = &provisioned["providers"][0];
    assert_eq!((&provisioned["apiVersion"], &provider["type"]), (&1.into(), &"file".into()));
    provider["options"]["path"].as_str().expect("a path").into()
}

#[tokio::test]
async fn grafana_gets_what_shows_the_demo_live() {
    let grafana = Installation::new("grafana-stand-in");
    let environment = [("PATH", &*grafana.path()), ("ORIEL_STAND_IN", &grafana.calls())];
    let demo = Demo::start("grafana", Ports::free(), &environment);
    demo.line("ready: ");

    demo.line(&format!("the plugin {PLUGIN} 0.6.7 could not be had"));
    let fetch = grafana.call("cli").await;
    assert_eq!(fetch.arguments[fetch.arguments.len() - 4..], ["plugins", "install", PLUGIN, "0.6.7"]);
    let plugins = fetch.option("pluginsDir").to_owned();

    let shown = demo.line("grafana: ");
    assert!(shown.contains(&format!("http://127.0.0.1:{}/d/oriel-tweets", demo.ports.grafana)), "{shown}");
    let server = grafana.call("server").await;
    let home = grafana.folder.canonicalize().expect("it is there");
    assert_eq!(Path::new(server.option("homepath")), home);
    assert_eq!(server.variable("GF_PATHS_PLUGINS"), plugins, "where the plugin was to go");
    check_settings(&server, &demo);
    let source = check_datasource(&server, &demo);
    dashboards::check(&dashboard_folder(&server), &source).await;

    let pid = fs::read_to_string(grafana.folder.join("calls/pid")).expect("the stand-in's process");
    demo.signal("TERM");
    let (status, said) = demo.end().await;
    assert!(status.success(), "{said}");
    let alive = Command::new("bash").args(["-c", &format!("kill -0 {}", pid.trim())]).output();
    assert!(alive.is_ok_and(|output| !output.status.success()), "Grafana is stopped with the rest");
}

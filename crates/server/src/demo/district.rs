//! The district of `demo/district.toml`: units, three officials in each, a login for every post.

use crate::app::App;
use anyhow::{Context as _, bail};
use casework::authority::Actor;
use casework::directory::{Directory, Official, Role, Unit, UnitKind};
use casework::{OfficialId, UnitId};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::sealed::Opener;

const FILE: &str = include_str!("../../../../demo/district.toml");
/// Password of every demo login. The demo listens on this machine only.
pub(crate) const PASSWORD: &str = "huiyin-demo";
/// Passphrase of everybody in the demo who opens sealed matters.
pub(crate) const PASSPHRASE: &str = "three herons over the lake";
/// The three administrators, in the district government: first part of the login, post, role.
const ADMINISTRATORS: [(&str, &str, Role); 3] = [
    ("system", "系统管理员", Role::SystemAdministrator),
    ("security", "安全管理员", Role::SecurityAdministrator),
    ("audit", "审计管理员", Role::AuditAdministrator),
];
const POSTS: [(&str, &str); 3] = [("clerk", "登记员"), ("handler", "经办人"), ("head", "负责人")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    surnames: String,
    given_names: String,
    units: Vec<DemoUnit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoUnit {
    login: String,
    parent: Option<String>,
    kind: UnitKind,
    zh: String,
    en: String,
    prefix: String,
    /// Six digits of GB/T 2260; the district's when left out.
    #[serde(default = "wanghu")]
    division: String,
}

fn wanghu() -> String {
    "349999".to_owned()
}

fn administrator(n: u128) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(900_000 + n))
}

/// The district once it is in the database.
pub(super) struct District {
    units: BTreeMap<String, UnitId>,
    names: Vec<(String, String)>,
    directory: Directory,
}

impl District {
    /// Puts the district into an empty database.
    pub(super) async fn install(app: &App) -> anyhow::Result<District> {
        let file: File = toml::from_str(FILE).context("demo/district.toml")?;
        let district = District::of(&file)?;
        app.install_directory(&district.directory).await?;
        Ok(district)
    }

    /// Gives everybody a login.
    pub(super) async fn open_accounts(&self, app: &App) -> anyhow::Result<()> {
        let file: File = toml::from_str(FILE).context("demo/district.toml")?;
        for unit in &file.units {
            for (n, (post, _)) in POSTS.iter().enumerate() {
                let official = self.official(&unit.login, n)?;
                app.set_account(&format!("{}-{post}", unit.login), official, PASSWORD).await?;
            }
        }
        for ((login, ..), n) in ADMINISTRATORS.into_iter().zip(0_u128..) {
            app.set_account(login, administrator(n), PASSWORD).await?;
        }
        Ok(())
    }

    /// Gives everybody who opens sealed matters a passphrase; what each opens with.
    pub(super) async fn set_passphrases(&self, app: &App) -> anyhow::Result<Vec<Opener>> {
        let mut openers = Vec::new();
        let recipients = self.directory.officials.values();
        for official in recipients.filter(|official| official.roles.contains(&Role::Recipient)) {
            let secret = app.keep_sealing_key(official.id, PASSPHRASE).await?;
            openers.push(Opener::Recipient(official.id, secret));
        }
        Ok(openers)
    }

    fn of(file: &File) -> anyhow::Result<District> {
        let mut directory = Directory::default();
        let mut units = BTreeMap::new();
        for (at, unit) in (1_u128..).zip(&file.units) {
            if units.insert(unit.login.clone(), UnitId(uuid::Uuid::from_u128(at))).is_some() {
                bail!("demo/district.toml: two units are called {:?}", unit.login);
            }
        }
        let surnames: Vec<char> = file.surnames.chars().collect();
        let given: Vec<&str> = file.given_names.split_whitespace().collect();
        let name = |n: usize| {
            let surname = surnames.get(n * 7 % surnames.len().max(1)).copied().unwrap_or('王');
            format!("{surname}{}", given.get(n % given.len().max(1)).copied().unwrap_or_default())
        };
        let find = |login: &str| -> anyhow::Result<UnitId> {
            units
                .get(login)
                .copied()
                .with_context(|| format!("demo/district.toml: there is no unit {login:?}"))
        };
        for (at, unit) in (1_u128..).zip(&file.units) {
            let id = find(&unit.login)?;
            let official = |post: u128| OfficialId(uuid::Uuid::from_u128(at * 1000 + post));
            directory.units.insert(
                id,
                Unit {
                    id,
                    parent: unit.parent.as_deref().map(find).transpose()?,
                    kind: unit.kind,
                    name_zh: unit.zh.clone(),
                    name_en: unit.en.clone(),
                    division: unit.division.clone(),
                    letter_prefix: unit.prefix.clone(),
                    reviewed_by: None,
                    intake: official(0),
                    head: official(2),
                    phone: format!("0500-5551{at:04}"),
                    address: "明川市望湖区人民路18号".to_owned(),
                    sort: i64::try_from(at).unwrap_or(i64::MAX),
                },
            );
            let posts: [&[Role]; 3] = [&[Role::Registrar], &[Role::Handler], &[Role::Head, Role::Supervisor]];
            for ((n, roles), (_, post)) in (0_u128..).zip(posts).zip(POSTS) {
                let supervises = unit.kind == UnitKind::PetitionOffice;
                // At a petition office the clerk and the head open what is sealed, at an integrity body everybody.
                let opens = match unit.kind {
                    UnitKind::PetitionOffice => n != 1,
                    UnitKind::IntegrityBody => true,
                    UnitKind::Government
                    | UnitKind::Department
                    | UnitKind::Township
                    | UnitKind::ReviewBody => false,
                };
                let roles = roles.iter().copied().chain(opens.then_some(Role::Recipient));
                directory.officials.insert(
                    official(n),
                    Official {
                        id: official(n),
                        unit: id,
                        name: name(usize::try_from(at * 3 + n).unwrap_or(0)),
                        post: post.to_owned(),
                        roles: roles.filter(|role| *role != Role::Supervisor || supervises).collect(),
                        active: true,
                        mail: String::new(),
                    },
                );
            }
        }
        let home = find("district")?;
        for ((_, post, role), n) in ADMINISTRATORS.into_iter().zip(0_u128..) {
            let id = administrator(n);
            let name = name(usize::try_from(n).unwrap_or(0) + 101);
            directory.officials.insert(
                id,
                Official {
                    id,
                    unit: home,
                    name,
                    post: post.to_owned(),
                    roles: [role].into(),
                    active: true,
                    mail: String::new(),
                },
            );
        }
        let names = file.units.iter().map(|unit| (unit.login.clone(), unit.zh.clone())).collect();
        Ok(District { units, names, directory })
    }

    /// First part of the logins of the unit of that Chinese name.
    pub(super) fn login_of(name: &str) -> anyhow::Result<String> {
        let file: File = toml::from_str(FILE).context("demo/district.toml")?;
        let unit = file.units.into_iter().find(|unit| unit.zh == name);
        unit.map(|unit| unit.login).with_context(|| format!("there is no unit {name} in the demo district"))
    }

    /// Logins' first parts and their units, in file order.
    pub(super) fn logins(self) -> Vec<(String, String)> {
        self.names
    }

    /// The unit of a login.
    pub(super) fn unit(&self, login: &str) -> anyhow::Result<UnitId> {
        self.units
            .get(login)
            .copied()
            .with_context(|| format!("there is no unit {login:?} in the demo district"))
    }

    /// The unit above.
    pub(super) fn above(&self, unit: UnitId) -> anyhow::Result<UnitId> {
        self.directory.reviewer_of(unit).context("a unit without one above")
    }

    /// The login's unit official at a post: 0 clerk, 1 handler, 2 head.
    fn official(&self, login: &str, post: usize) -> anyhow::Result<OfficialId> {
        self.official_of(self.unit(login)?, post)
    }

    /// An official of a unit by post: 0 clerk, 1 handler, 2 head.
    pub(super) fn official_of(&self, unit: UnitId, post: usize) -> anyhow::Result<OfficialId> {
        let staff = self.directory.staff_of(unit);
        staff.get(post).map(|official| official.id).context("a unit without that post")
    }

    /// Somebody at a post, to act.
    pub(super) fn actor(&self, unit: UnitId, post: &str) -> anyhow::Result<Actor> {
        let n = POSTS.iter().position(|(known, _)| *known == post);
        let id = self.official_of(unit, n.with_context(|| format!("there is no post {post:?}"))?)?;
        let official = self.directory.official(id).context("an official")?;
        Ok(Actor::Official { id, unit, roles: official.roles.clone() })
    }
}

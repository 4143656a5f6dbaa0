// Commands about the phone itself: init, info, reset, set-smdp.
#include "base/json.hpp"
#include "phone/cli.hpp"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

namespace keepline::phone {

namespace {

struct init_options {
    identity_files files;
    std::vector<std::string> roots;
    std::vector<std::string> tls_roots;
    phone_settings settings;
    bool no_policy_rules = false;
    std::uint64_t memory = card_memory{}.memory_free;
    std::string default_smdp;
    bool force = false;
};

base::result<int> init(cli_session& s, init_options& in) {
    if (s.options.home.empty())
        return base::refuse(base::code::invalid, "Say where the phone shall live with --home DIR.");
    in.files.roots.assign(in.roots.begin(), in.roots.end());
    if (!version_bytes(in.settings.svn)) return base::refuse(base::code::invalid, "--svn is a version such as 2.5.0.");
    TRY(who, load_identity(in.files));
    std::string tls_roots;
    for (const auto& root : who.roots) tls_roots += root.pem();
    for (const auto& path : in.tls_roots) {
        TRY(pem, read_file(path));
        tls_roots += pem + "\n";
    }
    phone_state state;
    state.settings = in.settings;
    state.settings.eid = who.eid;
    state.settings.policy_rules = !in.no_policy_rules;
    state.settings.connect_to = s.options.connect_to;
    state.settings.server_url = s.options.server_url;
    state.card.memory_free = in.memory;
    state.card.default_smdp = in.default_smdp;
    CHECK(phone_home::create(s.options.home, who, tls_roots, state, in.force));
    if (s.options.json)
        s.out << boost::json::serialize(boost::json::object{{"eid", who.eid}, {"home", s.options.home}}) << "\n";
    else
        s.out << "The phone " << who.eid << " lives in " << s.options.home << ".\n";
    return 0;
}

std::string version_text(byte_view value) {
    std::string out;
    for (const auto byte : value) out += (out.empty() ? "" : ".") + std::to_string(byte);
    return out;
}

boost::json::array key_id_list(byte_view info, std::uint32_t tag) {
    boost::json::array out;
    const auto list = find(info, tag);
    for (const auto& one : elements(list ? list->value : byte_view{}).value_or(std::vector<tlv>{}))
        out.emplace_back(base::hex(one.value));
    return out;
}

base::result<int> show_info(cli_session& s, live_phone& phone) {
    TRY(eid, phone.assistant().eid());
    TRY(info_2, phone.assistant().info(2));
    TRY(smdp, phone.assistant().default_smdp());
    TRY(smds, phone.assistant().root_smds());
    const auto inside = only(info_2, 0xBF22);
    const auto svn = find(inside->value, 0x82);
    const auto firmware = find(inside->value, 0x83);
    const auto& memory = phone.card().memory();
    boost::json::object all{{"eid", eid},
                            {"svn", version_text(svn ? svn->value : byte_view{})},
                            {"firmware", version_text(firmware ? firmware->value : byte_view{})},
                            {"default_smdp", smdp},
                            {"root_smds", smds},
                            {"memory_free", memory.memory_free},
                            {"profiles", memory.profiles.size()},
                            {"notifications", memory.notifications.size()},
                            {"ci_for_verification", key_id_list(inside->value, 0xA9)},
                            {"ci_for_signing", key_id_list(inside->value, 0xAA)},
                            {"euicc_info_2", base::hex(info_2)}};
    if (s.options.json) {
        s.out << boost::json::serialize(all) << "\n";
        return 0;
    }
    for (const auto& [name, value] : all)
        s.out << name << ": " << (value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value))
              << "\n";
    return 0;
}

}  // namespace

void add_phone_commands(CLI::App& root, cli_session& s) {
    auto* start = root.add_subcommand("init", "Makes a phone from certificates and a key");
    const auto in = std::make_shared<init_options>();
    start->add_option("--pki", in->files.directory, "What `keepline pki make` wrote, or one card's folder of it");
    start->add_option("--eid", in->files.eid, "Which eUICC of it");
    start->add_option("--euicc", in->files.euicc, "CERT.EUICC instead (PEM or DER)");
    start->add_option("--euicc-key", in->files.euicc_key, "Its private key (PEM)");
    start->add_option("--eum", in->files.eum, "CERT.EUM instead");
    start->add_option("--ci", in->roots, "The CI certificates that it trusts instead");
    start->add_option("--tls-ca", in->tls_roots, "More roots for HTTPS (PEM)");
    start->add_flag("--any-tls-role", in->settings.any_tls_role, "HTTPS servers need no DPtls role");
    start->add_option("--svn", in->settings.svn, "SGP.22 version that it says it is of");
    start->add_option("--imei", in->settings.imei, "IMEI told to servers");
    start->add_option("--memory", in->memory, "Free bytes for profiles");
    start->add_option("--default-smdp", in->default_smdp, "Default SM-DP+ address");
    start->add_flag("--no-policy-rules", in->no_policy_rules, "Its Rules Authorisation Table is empty");
    start->add_flag("--force", in->force, "Replaces the phone that is there");
    start->callback([&s, in] { s.chosen = [&s, in] { return init(s, *in); }; });

    auto* info = root.add_subcommand("info", "EID, versions, addresses, memory");
    info->callback(
        [&s] { s.chosen = [&s] { return with_phone(s, [&s](live_phone& phone) { return show_info(s, phone); }); }; });

    auto* reset =
        root.add_subcommand("reset", "Deletes all profiles (eUICCMemoryReset) and the default SM-DP+ address");
    reset->callback([&s] {
        s.chosen = [&s] {
            return with_phone(s, [](live_phone& phone) -> base::result<int> {
                CHECK(phone.assistant().reset(true, true, true));
                return 0;
            });
        };
    });

    auto* address = root.add_subcommand("set-smdp", "Sets the default SM-DP+ address");
    const auto value = std::make_shared<std::string>();
    address->add_option("address", *value, "Host name")->required();
    address->callback([&s, value] {
        s.chosen = [&s, value] {
            return with_phone(s, [value](live_phone& phone) -> base::result<int> {
                CHECK(phone.assistant().set_default_smdp(*value));
                return 0;
            });
        };
    });
}

}  // namespace keepline::phone

// keepline esim … and keepline order …: the stock of the SM-DP+ and its orders, through a running server: one by one,
// or many from a file of NDJSON, which is how a test bed lays out its cases. Each command is a request of the API.
#include "app/client.hpp"
#include "app/command.hpp"
#include "app/files.hpp"
#include "base/json.hpp"
#include "desk/activation_code.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t package_file_max = 512UL * 1024;
constexpr std::size_t order_file_max = 64UL * 1024 * 1024;

using server_ptr = std::shared_ptr<server_options>;

result<json::value> ask(api_way& way, const std::string& method, const std::string& target,
                        const json::object& body = {}) {
    api_request out{method, target, {}, {}, {}, {}};
    if (method == "POST") {
        out.body = json::serialize(body);
        out.idempotency_key = fresh_key();
    }
    return json_of(way.send(out));
}

std::string esim_path(const std::string& id) { return "/v1/esims/" + url_part(id); }

void put_text(json::object& into, std::string_view name, const std::string& value) {
    if (!value.empty()) into[name] = value;
}

// ------------------------------------------------------------------------------------------------ what an order can
// carry

struct order_options {
    std::string id;  // of the profile
    std::string type, iccid, eid, matching_id_file, matching_id, confirmation_code_file, confirmation_code, smds,
        requester, expires_at, provider, profile_name, of_class, notification_address, when_deleted;
    bool no_matching_id = false, forbid_disable = false, forbid_delete = false, unreleased = false;
    std::int64_t downloads = 0, codes = 0;
    std::string file;
    bool qr = false;
    bool unavailable = false;
    server_ptr server = std::make_shared<server_options>();
};

/// Whoever reads the matching ID of an order before its owner has downloaded it can download in their place.
void add_matching_id(CLI::App* command, std::string& file, const std::string& words) {
    command->add_option("--matching-id-file", file, words + "; a file, - for stdin; or $KEEPLINE_MATCHING_ID")
        ->type_name("FILE");
}

void add_limits(CLI::App* command, const std::shared_ptr<order_options>& in) {
    command->add_option("--download-tries", in->downloads, "How often it may be tried; default: no limit");
    command->add_option("--code-tries", in->codes, "How often the confirmation code may be wrong; default: no limit");
    command->add_option("--expires-at", in->expires_at, "When the order ends (2026-12-31T00:00:00Z)");
}

void add_terms(CLI::App* command, const std::shared_ptr<order_options>& in) {
    command->add_option("--eid", in->eid, "Only for this eUICC");
    add_matching_id(command, in->matching_id_file, "The secret part of the activation code; default: a random one");
    command->add_flag("--no-matching-id", in->no_matching_id, "None: the profile waits for its EID (default SM-DP+)");
    command
        ->add_option("--confirmation-code-file", in->confirmation_code_file,
                     "A file with what the phone's owner must type, - for stdin; or $KEEPLINE_CONFIRMATION_CODE")
        ->type_name("FILE");
    command->add_option("--smds", in->smds, "The root SM-DS that the phone asks");
    add_limits(command, in);
    command->add_option("--provider", in->provider, "The service provider's name, instead of the type's");
    command->add_option("--profile-name", in->profile_name, "The profile's name, instead of the type's");
    command->add_option("--class", in->of_class, "The profile's class")
        ->check(CLI::IsMember({"test", "provisioning", "operational"}));
    command->add_flag("--forbid-disable", in->forbid_disable, "Policy rule 1: the phone may not disable it");
    command->add_flag("--forbid-delete", in->forbid_delete, "Policy rule 2: the phone may not delete it");
    command->add_option("--notification-address", in->notification_address, "Where the eUICC's notifications go");
    command->add_option("--when-deleted", in->when_deleted, "What becomes of it when the eUICC deleted it")
        ->check(CLI::IsMember({"unavailable", "released", "available"}));
    command->add_flag("--unreleased", in->unreleased, "Confirm only; `keepline order release` follows");
}

/// Not from the command line: everybody on the machine can read that.
result<void> read_matching_id(const session& s, order_options& in) {
    TRY(id, secret_of(s, in.matching_id_file, "KEEPLINE_MATCHING_ID"));
    in.matching_id = std::move(id);
    return {};
}

result<void> read_secrets_of_order(const session& s, order_options& in) {
    CHECK(read_matching_id(s, in));
    TRY(code, secret_of(s, in.confirmation_code_file, "KEEPLINE_CONFIRMATION_CODE"));
    in.confirmation_code = std::move(code);
    return {};
}

json::object limits_of(const order_options& in) {
    json::object out;
    if (in.downloads > 0) out["downloads"] = in.downloads;
    if (in.codes > 0) out["codes"] = in.codes;
    put_text(out, "expires_at", in.expires_at);
    return out;
}

json::object terms_of(const order_options& in) {
    json::object out;
    put_text(out, "eid", in.eid);
    put_text(out, "matching_id", in.matching_id);
    if (in.no_matching_id) out["matching_id"] = "";
    put_text(out, "confirmation_code", in.confirmation_code);
    put_text(out, "smds", in.smds);
    if (auto limits = limits_of(in); !limits.empty()) out["limits"] = std::move(limits);
    json::object metadata;
    put_text(metadata, "provider", in.provider);
    put_text(metadata, "profile_name", in.profile_name);
    put_text(metadata, "of_class", in.of_class);
    put_text(metadata, "notification_address", in.notification_address);
    if (in.forbid_disable) metadata["forbid_disable"] = true;
    if (in.forbid_delete) metadata["forbid_delete"] = true;
    if (!metadata.empty()) out["metadata"] = std::move(metadata);
    put_text(out, "when_deleted", in.when_deleted);
    if (in.unreleased) out["release"] = false;
    return out;
}

std::string activation_code_in(const json::value& esim) {
    const auto* order = esim.is_object() ? esim.get_object().if_contains("order") : nullptr;
    const auto* code =
        order != nullptr && order->is_object() ? order->get_object().if_contains("activation_code") : nullptr;
    return code != nullptr && code->is_string() ? std::string(code->get_string()) : std::string();
}

void print_esim(const session& s, const json::value& esim, bool qr) {
    s.print(esim);
    const auto code = activation_code_in(esim);
    if (s.json || code.empty()) return;
    s.at.out << "\n" << printable(code) << "\n";
    if (const auto drawn = qr ? desk::qr_text(code) : base::result<std::string>(std::string())) s.at.out << *drawn;
}

// ------------------------------------------------------------------------------------------------ orders

/// One order for each line, which is the body of POST /v1/esim-orders. Answers come in the same order, one per line.
result<int> create_from_file(const session& s, const order_options& in, api_way& way) {
    std::string text;
    if (in.file == "-") {
        std::ostringstream all;
        all << s.at.in.rdbuf();
        text = all.str();
    } else {
        TRY(read, read_file(in.file, order_file_max));
        text = std::move(read);
    }
    std::istringstream lines(text);
    int failed = 0;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        auto body = base::parse_json(line);
        auto made = !body               ? result<json::value>(std::unexpected(body.error()))
                    : body->is_object() ? ask(way, "POST", "/v1/esim-orders", body->get_object())
                                        : base::refuse(base::code::malformed, "The line is not a JSON object.");
        json::object out;
        if (made) {
            out = made->get_object();
        } else {
            ++failed;
            out = {{"line", number}, {"code", base::info(made.error().what).id}, {"detail", made.error().words}};
        }
        s.at.out << json::serialize(out) << '\n';
    }
    return failed == 0 ? 0 : base::info(base::code::invalid).exit_code;
}

result<int> create_order(const session& s, const order_options& in) {
    TRY(way, connect(s, *in.server));
    if (!in.file.empty()) return create_from_file(s, in, *way);
    auto body = terms_of(in);
    put_text(body, "type", in.type);
    put_text(body, "iccid", in.iccid);
    put_text(body, "requester", in.requester);
    TRY(made, ask(*way, "POST", "/v1/esim-orders", body));
    print_esim(s, made, in.qr);
    return 0;
}

/// A step of an order: its path behind /v1/esims/{id}/ and its body.
result<int> esim_step(const session& s, const order_options& in, const std::string& path, const json::object& body) {
    TRY(way, connect(s, *in.server));
    TRY(done, ask(*way, "POST", esim_path(in.id) + "/" + path, body));
    print_esim(s, done, in.qr);
    return 0;
}

/// A line's activation code is shown with the line, to its owner and for a while to whoever ordered it.
result<void> add_code_of_line(api_way& way, json::value& esim) {
    const auto* order = esim.get_object().if_contains("order");
    if (order == nullptr || !activation_code_in(esim).empty()) return {};
    const auto* number = order->get_object().if_contains("number");
    if (number == nullptr) return {};
    TRY(line, ask(way, "POST", "/v1/lines/search", {{"number", *number}}));
    const auto id = std::string(line.at("id").as_string());
    TRY(profiles, ask(way, "GET", "/v1/lines/" + url_part(id) + "/profiles"));
    for (const auto& one : profiles.at("items").as_array()) {
        const auto* code = one.as_object().if_contains("activation_code");
        if (code != nullptr && one.at("iccid") == esim.at("iccid"))
            esim.get_object().at("order").get_object()["activation_code"] = *code;
    }
    return {};
}

result<int> show(const session& s, const order_options& in) {
    TRY(way, connect(s, *in.server));
    TRY(found, ask(*way, "GET", esim_path(in.id)));
    if (in.qr) CHECK(add_code_of_line(*way, found));
    print_esim(s, found, in.qr);
    return 0;
}

std::shared_ptr<order_options> with_id(CLI::App* command) {
    auto in = std::make_shared<order_options>();
    command->add_option("PROFILE", in->id, "Its ICCID, or its id (es_…)")->required();
    add_server_options(command, in->server);
    return in;
}

void add_order_create(CLI::App& group, session& s) {
    auto* command =
        add_command(group, "create", "Order a profile from stock: allocated, confirmed and released in one",
                    "keepline order create --type basic --qr\n"
                    "keepline order create --type basic --confirmation-code-file code.txt --code-tries 3\n"
                    "keepline order create --type basic --no-matching-id --eid 89049032…\n"
                    "keepline order create --file cases.ndjson      # one order per line, as the API takes it");
    auto in = std::make_shared<order_options>();
    command->add_option("--type", in->type, "A profile type");
    command->add_option("--iccid", in->iccid, "This profile of the stock");
    command->add_option("--requester", in->requester, "The operator whose order it is; default: ours");
    add_terms(command, in);
    command->add_option("--file", in->file, "Orders as NDJSON; - reads stdin")->type_name("FILE");
    command->add_flag("--qr", in->qr, "Show the activation code as a QR code");
    add_server_options(command, in->server);
    on_chosen(command, s, [&s, in]() -> result<int> {
        CHECK(read_secrets_of_order(s, *in));
        return create_order(s, *in);
    });
}

void add_order_steps(CLI::App& group, session& s) {
    auto* open =
        add_command(group, "open", "Allocate a profile (DownloadOrder)", "keepline order open 8986… --eid 89049032…");
    auto opened = with_id(open);
    open->add_option("--eid", opened->eid, "Only for this eUICC");
    open->add_option("--requester", opened->requester, "The operator whose order it is; default: ours");
    on_chosen(open, s, [&s, opened] {
        json::object body;
        put_text(body, "eid", opened->eid);
        put_text(body, "requester", opened->requester);
        return esim_step(s, *opened, "order", body);
    });
    auto* confirm = add_command(group, "confirm", "Confirm an order (ConfirmOrder)",
                                "KEEPLINE_MATCHING_ID=CASE-17 keepline order confirm 8986…");
    auto confirmed = with_id(confirm);
    add_terms(confirm, confirmed);
    confirm->add_flag("--qr", confirmed->qr, "Show the activation code as a QR code");
    on_chosen(confirm, s, [&s, confirmed]() -> result<int> {
        CHECK(read_secrets_of_order(s, *confirmed));
        return esim_step(s, *confirmed, "confirmation", terms_of(*confirmed));
    });
    auto* release = add_command(group, "release", "Release a confirmed order for download (ReleaseProfile)");
    auto released = with_id(release);
    on_chosen(release, s, [&s, released] { return esim_step(s, *released, "release", {}); });
    auto* cancel =
        add_command(group, "cancel", "Cancel an order (CancelOrder)", "keepline order cancel 8986… --unavailable");
    auto cancelled = with_id(cancel);
    cancel->add_option("--eid", cancelled->eid, "Only if it is for this eUICC");
    add_matching_id(cancel, cancelled->matching_id_file, "Only if it has this matching ID");
    cancel->add_flag("--unavailable", cancelled->unavailable, "Not back to stock: never to be used again");
    on_chosen(cancel, s, [&s, cancelled]() -> result<int> {
        CHECK(read_matching_id(s, *cancelled));
        json::object body{{"final", cancelled->unavailable ? "unavailable" : "available"}};
        put_text(body, "eid", cancelled->eid);
        put_text(body, "matching_id", cancelled->matching_id);
        return esim_step(s, *cancelled, "cancellation", body);
    });
    auto* reset = add_command(
        group, "reset", "Issue an order again that ended in error, or that a device lost; counts begin at zero",
        "keepline order reset 8986…\nKEEPLINE_MATCHING_ID=NEW-1 keepline order reset 8986… --code-tries 5");
    auto again = with_id(reset);
    add_matching_id(reset, again->matching_id_file, "Another one; default: the same");
    add_limits(reset, again);
    on_chosen(reset, s, [&s, again]() -> result<int> {
        CHECK(read_matching_id(s, *again));
        json::object body;
        put_text(body, "matching_id", again->matching_id);
        if (auto limits = limits_of(*again); !limits.empty()) body["limits"] = std::move(limits);
        return esim_step(s, *again, "reset", body);
    });
    auto* rebind = add_command(group, "rebind", "Bind an order to another eUICC, or to none",
                               "keepline order rebind 8986… --eid 89049032…");
    auto bound = with_id(rebind);
    rebind->add_option("--eid", bound->eid, "The eUICC; without: whichever comes first");
    on_chosen(rebind, s, [&s, bound] {
        json::object body;
        put_text(body, "eid", bound->eid);
        return esim_step(s, *bound, "rebinding", body);
    });
    auto* look =
        add_command(group, "show", "An order and its profile: what we believe, its last proof, what is outstanding");
    auto shown = with_id(look);
    look->add_flag("--qr", shown->qr, "Show the activation code as a QR code");
    on_chosen(look, s, [&s, shown] { return show(s, *shown); });
}

// ------------------------------------------------------------------------------------------------ the stock

struct list_options {
    std::string state, type, eid, iccid, matching_id_file, matching_id;
    server_ptr server = std::make_shared<server_options>();
};

std::string text_at(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string joined(const json::object& in, std::string_view name) {
    std::string out;
    const auto* list = in.if_contains(name);
    if (list != nullptr && list->is_array())
        for (const auto& one : list->get_array())
            if (one.is_string()) out += (out.empty() ? "" : ", ") + std::string(one.get_string());
    return out;
}

result<json::array> all_esims(api_way& way, const std::string& path) {
    json::array out;
    for (std::string after;;) {
        TRY(page, ask(way, "GET", path + (after.empty() ? "" : "&after=" + url_part(after))));
        const auto& object = page.get_object();
        if (const auto* items = object.if_contains("items"); items != nullptr && items->is_array())
            for (const auto& one : items->get_array()) out.push_back(one);
        after = text_at(object, "next");
        if (after.empty()) return out;
    }
}

result<int> list_esims(const session& s, const list_options& in) {
    TRY(way, connect(s, *in.server));
    std::string path = "/v1/esims?limit=200";
    for (const auto& [name, value] :
         {std::pair("state", &in.state), std::pair("type", &in.type), std::pair("eid", &in.eid),
          std::pair("iccid", &in.iccid), std::pair("matching_id", &in.matching_id)})
        if (!value->empty()) path += "&" + std::string(name) + "=" + url_part(*value);
    TRY(items, all_esims(*way, path));
    if (s.json) {
        s.print(items);
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : items) {
        const auto& one = item.get_object();
        rows.push_back({text_at(one, "iccid"), text_at(one, "type"), text_at(one, "state"), text_at(one, "believed"),
                        text_at(one, "bound_to"), joined(one, "outstanding")});
    }
    s.at.out << table({"iccid", "type", "state", "believed", "eid", "outstanding"}, rows);
    return 0;
}

result<int> list_types(const session& s, const server_ptr& server) {
    TRY(way, connect(s, *server));
    TRY(page, ask(*way, "GET", "/v1/profile-types"));
    if (s.json) {
        s.print(page.at("items"));
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : page.at("items").as_array()) {
        const auto& one = item.get_object();
        rows.push_back({text_at(one, "name"), text_at(one, "provider_name"), text_at(one, "algorithm"),
                        std::to_string(one.at("stock").as_int64()), one.at("low").as_bool() ? "low" : ""});
    }
    s.at.out << table({"type", "provider", "algorithm", "stock", ""}, rows);
    return 0;
}

struct provide_options {
    std::string type, owner, iccid, imsi, package;
    std::int64_t count = 0;
    server_ptr server = std::make_shared<server_options>();
};

result<int> provide(const session& s, const provide_options& in) {
    TRY(way, connect(s, *in.server));
    json::object body{{"type", in.type}};
    put_text(body, "owner", in.owner);
    if (!in.package.empty()) {
        TRY(file, read_file(in.package, package_file_max));
        body["package"] = base::base64(base::view(file));
    } else {
        body["count"] = in.count;
        body["iccid"] = in.iccid;
        body["imsi"] = in.imsi;
    }
    TRY(done, ask(*way, "POST", "/v1/esims", body));
    if (s.json) {
        s.print(done);
        return 0;
    }
    for (const auto& one : done.at("iccids").as_array()) s.at.out << one.as_string().c_str() << '\n';
    return 0;
}

void add_provide(CLI::App& group, session& s) {
    auto* command =
        add_command(group, "provide", "Put profiles into stock: made from a type, or imported ready made",
                    "keepline esim provide --type basic --count 100 --iccid 898600000000000000 --imsi 460010000000000\n"
                    "keepline esim provide --type basic --package ready.der");
    auto in = std::make_shared<provide_options>();
    command->add_option("--type", in->type, "The profile type")->required();
    command->add_option("--owner", in->owner, "The operator whose stock it is; default: the type's");
    auto* count = command->add_option("--count", in->count, "How many, at most 1000");
    command->add_option("--iccid", in->iccid, "The first ICCID, without its check digit");
    command->add_option("--imsi", in->imsi, "The first IMSI");
    command->add_option("--package", in->package, "A pre-personalised profile package (DER)")
        ->type_name("FILE")
        ->excludes(count);
    add_server_options(command, in->server);
    on_chosen(command, s, [&s, in] { return provide(s, *in); });
}

}  // namespace

void add_esim_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "esim", "Profiles on the SM-DP+: types, list, show, provide",
                            "keepline esim list --state available\nkeepline esim show 89860000000000000007");
    auto types = std::make_shared<server_options>();
    auto* list_of_types = add_command(*group, "types", "The profile types and their stock");
    add_server_options(list_of_types, types);
    on_chosen(list_of_types, s, [&s, types] { return list_types(s, types); });
    auto* list = add_command(*group, "list", "Profiles and where they are believed to be",
                             "keepline esim list --type basic --state error\nkeepline esim list --eid 89049032…");
    auto in = std::make_shared<list_options>();
    list->add_option("--state", in->state,
                     "available, allocated, linked, confirmed, released, downloaded, installed, error, unavailable");
    list->add_option("--type", in->type, "A profile type");
    list->add_option("--eid", in->eid, "Bound to this eUICC");
    list->add_option("--iccid", in->iccid, "This profile");
    add_matching_id(list, in->matching_id_file, "The order with this matching ID");
    add_server_options(list, in->server);
    on_chosen(list, s, [&s, in]() -> result<int> {
        TRY(id, secret_of(s, in->matching_id_file, "KEEPLINE_MATCHING_ID"));
        in->matching_id = std::move(id);
        return list_esims(s, *in);
    });
    auto* look =
        add_command(*group, "show", "A profile: its order, what we believe, its last proof, what is outstanding");
    auto shown = with_id(look);
    on_chosen(look, s, [&s, shown] { return show(s, *shown); });
    add_provide(*group, s);
}

void add_order_commands(CLI::App& root, session& s) {
    auto* group =
        add_group(root, "order", "Orders of profiles: create, open, confirm, release, cancel, reset, rebind, show",
                  "keepline order create --type basic --qr");
    add_order_create(*group, s);
    add_order_steps(*group, s);
}

}  // namespace keepline::app

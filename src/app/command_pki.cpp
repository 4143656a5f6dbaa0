// keepline pki …: makes a test PKI, and says of certificates what is wrong and what expires when. Works on files only,
// without a server.
#include "app/command.hpp"
#include "app/files.hpp"
#include "port/clock.hpp"
#include "rsp/pki.hpp"
#include "rsp/pki_files.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <sys/stat.h>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t pki_file_max_bytes = 65'536;
constexpr std::uint64_t most_cards = 10'000;

/// What the command line of `pki make` says.
struct pki_wish {
    std::string folder;
    rsp::pki_plan plan;
    std::vector<std::string> curves;
    std::uint64_t cards = 0;
    bool more = false;
};

result<std::vector<rsp::pki_file>> write_pki(const fs::path& folder, std::vector<rsp::pki_file> files) {
    CHECK(make_private_folder(folder));
    for (const auto& file : files) {
        const auto place = folder / file.name;
        std::error_code failure;
        fs::create_directories(place.parent_path(), failure);
        if (failure)
            return base::refuse(base::code::unavailable, "The folder " + place.parent_path().string() +
                                                             " cannot be made: " + failure.message() + ".");
        CHECK(write_private_file(place, file.content));
        if (!file.secret)
            fs::permissions(
                place, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read,
                failure);
    }
    return files;
}

int print_pki(const session& s, const fs::path& folder, const std::vector<rsp::pki_file>& files) {
    if (s.json) {
        json::array items;
        for (const auto& file : files) {
            json::object one{{"file", (folder / file.name).string()}, {"secret", file.secret}};
            if (!file.about.empty()) one["about"] = file.about;
            items.push_back(std::move(one));
        }
        s.print(json::object{{"folder", folder.string()}, {"files", std::move(items)}});
    } else {
        s.at.out << files.size() << " files are in " << folder.string() << "; README.txt there says what each is.\n"
                 << "Next: keepline pki check " << folder.string() << '\n';
    }
    return 0;
}

/// More cards under the manufacturer of a PKI that is already there.
result<std::vector<rsp::pki_file>> more_cards(const pki_wish& wish) {
    std::vector<rsp::pki_file> files;
    for (const auto which : wish.plan.curves) {
        const auto own = fs::path(wish.folder) / rsp::folder_of(which);
        TRY(ci, read_file(own / "ci.cert.pem", pki_file_max_bytes));
        TRY(eum, read_file(own / "eum.cert.pem", pki_file_max_bytes));
        TRY(key, read_file(own / "eum.key.pem", pki_file_max_bytes));
        for (const auto& eid : wish.plan.eids) {
            const auto place = "cards/" + std::string(rsp::folder_of(which)) + "/" + eid;
            if (fs::exists(fs::path(wish.folder) / place)) continue;  // a card keeps its key
            TRY(made, rsp::make_card(place, eid, ci, eum, key, wish.plan.now));
            std::ranges::move(made, std::back_inserter(files));
        }
    }
    return files;
}

result<int> make_pki(const session& s, pki_wish wish) {
    wish.plan.now = port::system_clock().now();
    auto place = fs::absolute(wish.folder).lexically_normal();
    if (!place.has_filename()) place = place.parent_path();  // "test-pki/"
    wish.folder = place.string();
    if (!wish.curves.empty()) wish.plan.curves.clear();
    for (const auto& one : wish.curves)
        wish.plan.curves.push_back(one == "nist" ? rsp::curve::p256 : rsp::curve::brainpool_p256);
    if (wish.cards > most_cards) return base::refuse(base::code::invalid, "At most 10000 cards at once.");
    for (std::uint64_t i = 1; i <= wish.cards; ++i)
        wish.plan.eids.push_back(rsp::eid_with_checks(wish.plan.eid_prefix, i));
    if (wish.more) {
        TRY(files, more_cards(wish));
        TRY(written, write_pki(wish.folder, std::move(files)));
        return print_pki(s, wish.folder, written);
    }
    std::error_code failure;
    if (fs::exists(wish.folder, failure) && !fs::is_empty(wish.folder, failure))
        return base::refuse(
            base::code::invalid,
            "The folder " + wish.folder + " is not empty; a PKI is not made over another one. More eUICCs: --more.");
    TRY(files, rsp::make_pki(wish.plan));
    files.push_back({"README.txt", rsp::pki_readme(wish.plan, files), false, ""});
    TRY(written, write_pki(wish.folder, std::move(files)));
    return print_pki(s, wish.folder, written);
}

/// What `pki check` found, over all folders.
struct pki_report {
    std::vector<rsp::finding> findings;
    std::vector<rsp::expiry> expiries;
    std::vector<rsp::revocations> revoked;
    std::vector<std::string> without_dptls;  // folders; nothing is wrong with that
    std::size_t sets = 0;
    std::size_t cards = 0;

    template <typename Part>
    void take(Part part) {
        std::ranges::move(part.findings, std::back_inserter(findings));
        std::ranges::move(part.expiries, std::back_inserter(expiries));
    }
};

void check_key_modes(const fs::path& folder, pki_report& report) {
    std::error_code failure;
    for (const auto& entry : fs::recursive_directory_iterator(folder, failure)) {
        const auto name = entry.path().filename().string();
        struct stat about{};
        if (!name.contains(".key.") || ::stat(entry.path().c_str(), &about) != 0 || (about.st_mode & 077) == 0)
            continue;
        report.findings.push_back(
            {rsp::gravity::warning, entry.path().string(), "Others may read this key: chmod 600 it."});
    }
}

/// The folders below `folder` that hold `file` (as .pem or .der), itself included, "negative" left out.
std::vector<fs::path> folders_with(const fs::path& folder, const std::string& file) {
    std::vector<fs::path> found;
    const auto here = [&](const fs::path& place) {
        if (fs::exists(place / (file + ".pem")) || fs::exists(place / (file + ".der"))) found.push_back(place);
    };
    here(folder);
    std::error_code failure;
    for (auto at = fs::recursive_directory_iterator(folder, failure);
         !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
        if (!at->is_directory()) continue;
        if (at->path().filename() == "negative") {
            at.disable_recursion_pending();
            continue;
        }
        here(at->path());
    }
    std::ranges::sort(found);
    return found;
}

json::object report_json(const pki_report& report) {
    json::array findings;
    for (const auto& one : report.findings)
        findings.push_back(json::object{{"file", one.where},
                                        {"gravity", one.how_bad == rsp::gravity::error ? "error" : "warning"},
                                        {"words", one.words}});
    json::array expiries;
    for (const auto& one : report.expiries)
        expiries.push_back(json::object{{"file", one.file}, {"what", one.what}, {"expires_at", base::iso(one.at)}});
    return {{"sets", report.sets},
            {"cards", report.cards},
            {"without_dptls", json::array(report.without_dptls.begin(), report.without_dptls.end())},
            {"findings", std::move(findings)},
            {"expiries", std::move(expiries)}};
}

void print_report(const session& s, const pki_report& report) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : report.expiries)
        if (one.what != "eUICC") rows.push_back({base::iso(one.at).substr(0, 10), one.what, printable(one.file)});
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    s.at.out << table({"EXPIRES", "WHAT", "FILE"}, rows);
    for (const auto& one : report.findings)
        s.at.out << (one.how_bad == rsp::gravity::error ? "wrong:   " : "warning: ") << printable(one.where) << ": "
                 << printable(one.words) << '\n';
    for (const auto& folder : report.without_dptls)
        s.at.out << "note:    " << printable(folder)
                 << ": There is no DPtls (dp-tls.cert and dp-tls.key): another folder's is shown, or a proxy's.\n";
    s.at.out << report.sets << " certificate sets and " << report.cards << " eUICCs were read.\n";
}

result<int> check_pki(const session& s, const std::string& folder) {
    if (!fs::is_directory(folder)) return base::refuse(base::code::not_found, "There is no folder " + folder + ".");
    const rsp::file_reader read = [](const std::string& path) { return read_file(path, pki_file_max_bytes); };
    const auto now = port::system_clock().now();
    pki_report report;
    for (const auto& place : folders_with(folder, "dp-auth.cert")) {
        auto set = rsp::load_certificate_set(rsp::files_in(place.string()), read, now);
        report.revoked.insert(report.revoked.end(), set.revoked.begin(), set.revoked.end());
        if (!set.has_tls) report.without_dptls.push_back(place.string());
        report.take(std::move(set));
        ++report.sets;
    }
    for (const auto& place : folders_with(folder, "euicc.cert")) {
        auto card = rsp::check_card(place.string(), read, now, report.revoked);
        if (report.sets != 0) card.expiries.clear();  // hundreds of them, and the roots were listed
        report.take(std::move(card));
        ++report.cards;
    }
    check_key_modes(folder, report);
    if (report.sets + report.cards == 0)
        return base::refuse(base::code::not_found,
                            "There is neither dp-auth.cert.pem nor euicc.cert.pem in " + folder + " or below it.");
    if (s.json)
        s.print(report_json(report));
    else
        print_report(s, report);
    const bool wrong = rsp::has_error(report.findings);
    return wrong ? base::info(base::code::certificate_invalid).exit_code : 0;
}

}  // namespace

void add_pki_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "pki", "Certificates of the SM-DP+: make a test PKI, check files",
                            "keepline pki make test-pki\nkeepline pki check test-pki");
    auto wish = std::make_shared<pki_wish>();
    auto* make_it = add_command(*group, "make", "Make a complete test PKI (SGP.22 4.5.2) in a new folder",
                                "keepline pki make test-pki --host smdpp.example.com --oid 2.999.10\n"
                                "keepline pki make test-pki --cards 32 --negative\n"
                                "keepline pki make test-pki --more --eid 89049032000000000000000000000252");
    make_it->add_option("DIR", wish->folder, "The folder to make")->required();
    make_it->add_option("--host", wish->plan.host_names, "Host name or address of the server; may be repeated")
        ->type_name("NAME")
        ->capture_default_str();
    make_it->add_option("--oid", wish->plan.oid, "OID of the SM-DP+")->capture_default_str();
    make_it->add_option("--eid", wish->plan.eids, "EID of an eUICC; may be repeated")->type_name("EID");
    make_it->add_option("--cards", wish->cards, "So many eUICCs with running EIDs")->type_name("N");
    make_it->add_option("--eum", wish->plan.eum_organization, "Name of the eUICC manufacturer")->capture_default_str();
    make_it->add_option("--eid-prefix", wish->plan.eid_prefix, "8 digits that its EIDs begin with")
        ->capture_default_str();
    make_it->add_option("--operator", wish->plan.operators, "Operator with an ES2+ client certificate; may be repeated")
        ->type_name("NAME")
        ->capture_default_str();
    make_it->add_option("--curve", wish->curves, "nist or brainpool; both without it")
        ->check(CLI::IsMember({"nist", "brainpool"}));
    make_it->add_flag("--negative", wish->plan.negative, "Also broken certificates for negative tests");
    make_it->add_flag("--more", wish->more, "Only add eUICCs to a PKI that is there");
    on_chosen(make_it, s, [&s, wish] { return make_pki(s, *wish); });

    auto folder = std::make_shared<std::string>();
    auto* check_it = add_command(*group, "check",
                                 "Say which certificates and keys are wrong and why, and what expires when; "
                                 "exit code 8 when something is wrong",
                                 "keepline pki check /etc/keepline/smdpp");
    check_it->add_option("DIR", *folder, "A folder with ci.cert, dp-auth.cert, …, or one above several")->required();
    on_chosen(check_it, s, [&s, folder] { return check_pki(s, *folder); });
}

}  // namespace keepline::app

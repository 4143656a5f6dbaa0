// Commands that lend the eUICC to others (apdu, lpac, vpcd), and the load test.
#include "phone/cli.hpp"
#include "phone/mint.hpp"
#include "phone/stdio_card.hpp"
#include "phone/vpcd_card.hpp"

#include <fstream>
#include <iostream>
#include <thread>
#include <unistd.h>

#include <CLI/CLI.hpp>

namespace keepline::phone {

namespace {

std::function<void()> saving(cli_session& s, live_phone& phone) {
    return [&s, &phone] {
        if (auto saved = phone.save(); !saved) s.err << saved.error().words << "\n";
    };
}

base::result<int> serve_apdus(cli_session& s, live_phone& phone, bool http) {
    stdio_card card(phone.apdus(), http ? &phone.network() : nullptr);
    serve_lines(card, STDIN_FILENO, STDOUT_FILENO, saving(s, phone), [&s](std::string_view line) {
        s.err << line << "\n" << std::flush;
    });
    return 0;
}

struct lpac_options {
    std::vector<std::string> command;
    bool own_http = false;
    std::string reader;
};

base::result<int> serve_lpac(cli_session& s, live_phone& phone, const lpac_options& in) {
    if (in.command.empty()) return base::refuse(base::code::invalid, "Give lpac's command line after --.");
    stdio_card card(phone.apdus(), in.own_http ? nullptr : &phone.network());
    if (in.reader.empty()) return run_lpac(card, in.command, {true, !in.own_http}, saving(s, phone));
    // The reader has the card in a thread of its own; lpac's other lines concern the network only.
    TRY(reader, vpcd_connection::open(in.reader));
    std::jthread serving([&] { reader.serve(phone.apdus(), saving(s, phone)); });
    ::setenv("LPAC_APDU", "pcsc", 0);
    auto done = run_lpac(card, in.command, {false, !in.own_http}, [] {});
    reader.stop();
    return done;
}

struct load_options {
    std::string pki;
    std::string codes = "-";
    std::vector<std::string> tls_roots;
    bool repeat = false;
    bool mint = false;
    bool brainpool = false;
    bool tls_per_call = false;
    bool any_tls_role = false;
    std::string confirmation_code_file;
    load_settings settings;
};

// Cards of one curve only, so that a run measures one thing.
base::result<std::vector<identity>> cards_for(const load_options& in, const pki_directory& directory) {
    const auto on = in.brainpool ? curve::brainpool_p256 : curve::p256;
    TRY(cards, load_identities(directory));
    for (auto& card : cards) {
        std::erase_if(card.credentials, [on](const credential& one) { return one.key.on() != on; });
        std::erase_if(card.roots, [on](const certificate& one) { return one.key().on() != on; });
    }
    std::erase_if(cards, [](const identity& card) { return card.credentials.empty(); });
    if (in.mint || cards.size() < in.settings.phones) {
        auto made = mint_cards(directory, on, in.settings.phones, system_now());
        if (made || in.mint || cards.empty()) return made;
    }
    return cards;  // fewer cards than phones: they take turns
}

base::result<int> run_load_command(cli_session& s, load_options& in) {
    if (in.settings.phones == 0) return base::refuse(base::code::invalid, "A load needs at least one phone.");
    TRY(wrong, faults::parse(s.options.misbehave));
    TRY(directory, pki_directory::scan(in.pki));
    TRY(cards, cards_for(in, directory));
    in.settings.wrong = wrong;
    TRY(confirmation_code, secret_of(s, in.confirmation_code_file, "KEEPLINE_CONFIRMATION_CODE"));
    in.settings.confirmation_code = std::move(confirmation_code);
    auto& https = in.settings.https;
    https.connect_to = s.options.connect_to;
    https.server_url = s.options.server_url;
    https.keep_connection = !in.tls_per_call;
    https.resume_sessions = !in.tls_per_call && !in.settings.hang_up;
    https.needs_role = !in.any_tls_role;
    for (const auto& one : directory.certificates)
        if (one.role() == cert_role::ci) https.roots_pem += one.pem();
    for (const auto& path : in.tls_roots) {
        TRY(pem, read_file(path));
        https.roots_pem += pem + "\n";
    }
    std::ifstream file;
    if (in.codes != "-") file.open(in.codes);
    if (in.codes != "-" && !file) return base::refuse(base::code::not_found, "`" + in.codes + "` cannot be read.");
    std::istream& from = in.codes == "-" ? s.in : file;
    std::vector<std::string> seen;
    std::size_t again = 0;
    const auto next_code = [&]() -> std::optional<std::string> {
        for (std::string line; std::getline(from, line);) {
            if (line.empty()) continue;
            if (in.repeat) seen.push_back(line);
            return line;
        }
        if (!in.repeat || seen.empty() || in.settings.downloads == 0) return std::nullopt;
        return seen[again++ % seen.size()];
    };
    const auto report = run_load(in.settings, cards, next_code);
    s.out << to_json(report) << "\n";
    return report.failed == 0 && report.succeeded > 0 ? 0 : base::info(base::code::peer_refused).exit_code;
}

}  // namespace

void add_serving_commands(CLI::App& root, cli_session& s) {
    auto* stdio =
        root.add_subcommand("apdu", "Is the card for an LPA that speaks lpac's stdio protocol (stdin and stdout)");
    const auto http = std::make_shared<bool>(false);
    stdio->add_flag("--http", *http, "Answers its `http` requests too");
    stdio->callback([&s, http] {
        s.chosen = [&s, http] {
            return with_phone(s, [&](live_phone& phone) { return serve_apdus(s, phone, *http); });
        };
    });

    auto* lpac = root.add_subcommand("lpac", "Runs lpac with this card: lpac -- lpac profile list");
    const auto given = std::make_shared<lpac_options>();
    lpac->add_flag("--own-http", given->own_http,
                   "lpac uses its own HTTP (curl, which does not verify TLS) instead of this phone's");
    lpac->add_option("--vpcd", given->reader,
                     "The card goes through a virtual reader (HOST:PORT of vpcd) instead of stdio");
    lpac->add_option("command", given->command, "lpac and its arguments, after --");
    lpac->callback([&s, given] {
        s.chosen = [&s, given] {
            return with_phone(s, [&](live_phone& phone) { return serve_lpac(s, phone, *given); });
        };
    });

    auto* vpcd = root.add_subcommand("vpcd", "Is the card in vsmartcard's virtual reader");
    const auto address = std::make_shared<std::string>("127.0.0.1:35963");
    vpcd->add_option("--connect", *address, "Where vpcd listens");
    vpcd->callback([&s, address] {
        s.chosen = [&s, address] {
            return with_phone(s, [&](live_phone& phone) -> base::result<int> {
                TRY(reader, vpcd_connection::open(*address));
                reader.serve(phone.apdus(), saving(s, phone));
                return 0;
            });
        };
    });

    auto* load = root.add_subcommand("load", "Many phones download at once; prints one line of JSON");
    const auto in = std::make_shared<load_options>();
    load->add_option("--pki", in->pki, "What `keepline pki make` wrote")->required();
    load->add_option("--phones", in->settings.phones, "How many at once");
    load->add_option("--downloads", in->settings.downloads, "How many in all (0: as many as there are codes)");
    load->add_option("--per-second", in->settings.per_second, "How many begin in a second (0: as many as go)");
    load->add_option("--codes", in->codes, "File with an activation code per line (-: stdin, read as it comes)");
    load->add_flag("--repeat", in->repeat, "Begins again when the codes end");
    load->add_option("--confirmation-code-file", in->confirmation_code_file,
                     "File with the confirmation code of every download (-: stdin); or $KEEPLINE_CONFIRMATION_CODE");
    load->add_flag("--lifecycle", in->settings.lifecycle, "Enables, disables and deletes each profile, and tells so");
    load->add_flag("--tls-per-download", in->settings.hang_up,
                   "A new connection with a full handshake for each download");
    load->add_flag("--tls-per-call", in->tls_per_call, "A new connection with a full handshake for each call");
    load->add_flag("--mint", in->mint, "Makes new eUICCs with the EUM's key, even if there are enough");
    load->add_flag("--brainpool", in->brainpool, "Cards on brainpoolP256r1 instead of P-256");
    load->add_option("--tls-ca", in->tls_roots, "More roots for HTTPS (PEM)");
    load->add_flag("--any-tls-role", in->any_tls_role, "HTTPS servers need no DPtls role");
    load->callback([&s, in] { s.chosen = [&s, in] { return run_load_command(s, *in); }; });
}

}  // namespace keepline::phone

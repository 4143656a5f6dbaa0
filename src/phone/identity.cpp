#include "phone/identity.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

namespace keepline::phone {

namespace {

constexpr std::uintmax_t max_file = 256U << 10;

bool is_eid(std::string_view text) {
    return text.size() == 32 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<base::error> missing(std::string words) {
    return base::refuse(base::code::config_invalid, std::move(words));
}

const certificate* issuer_of(const std::vector<certificate>& among, const certificate& leaf, cert_role role) {
    const auto at = std::ranges::find_if(among, [&](const certificate& one) {
        return one.role() == role && leaf.authority_key_id() == one.subject_key_id() && leaf.is_issued_by(one);
    });
    return at == among.end() ? nullptr : &*at;
}

// All files below, except what is wrong on purpose (`negative`), which one has to name.
void add_files(const std::filesystem::path& directory, int depth, std::vector<std::filesystem::path>& files) {
    std::error_code failure;
    for (const auto& one : std::filesystem::directory_iterator(directory, failure)) {
        if (one.is_directory(failure) && depth > 0 && one.path().filename() != "negative")
            add_files(one.path(), depth - 1, files);
        if (one.is_regular_file(failure) && one.file_size(failure) <= max_file) files.push_back(one.path());
    }
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    add_files(directory, 4, files);
    std::ranges::sort(files);
    return files;
}

// A card's own folder as `keepline pki make` lays it out: taken by name, whatever is wrong with the certificates.
void take_card_folder(identity_files& files) {
    std::error_code failure;
    const auto& in = files.directory;
    if (!std::filesystem::exists(in / "euicc.cert.pem", failure)) return;
    const auto set = [&](std::filesystem::path& path, const char* name) {
        if (path.empty() && std::filesystem::exists(in / name, failure)) path = in / name;
    };
    set(files.euicc, "euicc.cert.pem");
    set(files.euicc_key, "euicc.key.pem");
    set(files.eum, "eum.cert.pem");
    if (files.roots.empty() && std::filesystem::exists(in / "ci.cert.pem", failure)) files.roots = {in / "ci.cert.pem"};
}

bool holds_a_key(std::string_view content) {
    return content.contains("-----BEGIN PRIVATE KEY-----") || content.contains("-----BEGIN EC PRIVATE KEY-----");
}

}  // namespace

base::result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    if (in) out << in.rdbuf();
    if (!in || !out) return missing("`" + path.string() + "` cannot be read.");
    return std::move(out).str();
}

const credential* identity::for_ci(byte_view key_id) const {
    const auto at = std::ranges::find_if(credentials, [&](const credential& one) { return same(one.ci, key_id); });
    return at == credentials.end() ? nullptr : &*at;
}

const certificate* identity::root(byte_view key_id) const {
    const auto at =
        std::ranges::find_if(roots, [&](const certificate& one) { return same(one.subject_key_id(), key_id); });
    return at == roots.end() ? nullptr : &*at;
}

base::result<pki_directory> pki_directory::scan(const std::filesystem::path& directory) {
    std::error_code failure;
    if (!std::filesystem::is_directory(directory, failure))
        return missing("`" + directory.string() + "` is no directory.");
    pki_directory found;
    for (const auto& path : files_of(directory)) {
        const auto content = read_file(path);
        if (!content) continue;
        if (holds_a_key(*content))
            if (auto key = ec_key::from_pem(*content)) found.keys.push_back(std::move(*key));
        auto one = certificate::from_file_content(*content);
        const auto known = [&] {
            return std::ranges::any_of(found.certificates,
                                       [&](const auto& other) { return other.der() == one->der(); });
        };
        if (one && !known()) found.certificates.push_back(std::move(*one));
    }
    if (found.certificates.empty()) return missing("`" + directory.string() + "` holds no certificate.");
    return found;
}

const ec_key* pki_directory::key_of(const certificate& of) const {
    const auto point = of.key().point();
    const auto at = std::ranges::find_if(
        keys, [&](const ec_key& one) { return one.on() == of.key().on() && one.point() == point; });
    return at == keys.end() ? nullptr : &*at;
}

base::result<std::vector<identity>> load_identities(const pki_directory& from) {
    std::map<std::string, identity> by_eid;
    for (const auto& one : from.certificates) {
        if (one.role() != cert_role::euicc || !is_eid(one.subject_serial())) continue;
        const auto* key = from.key_of(one);
        const auto* eum = issuer_of(from.certificates, one, cert_role::eum);
        if (key == nullptr || eum == nullptr) continue;
        auto& made = by_eid[one.subject_serial()];
        made.eid = one.subject_serial();
        if (made.for_ci(eum->authority_key_id()) == nullptr)
            made.credentials.push_back({*key, one, *eum, eum->authority_key_id()});
    }
    std::vector<identity> all;
    for (auto& [eid, one] : by_eid) {
        for (const auto& root : from.certificates)
            if (root.role() == cert_role::ci && root.is_self_issued()) one.roots.push_back(root);
        // The first is the one an eUICC likes best: P-256, as on the market.
        std::ranges::sort(one.roots, {}, [](const certificate& root) { return root.key().on(); });
        std::ranges::sort(one.credentials, {}, [](const credential& own) { return own.key.on(); });
        all.push_back(std::move(one));
    }
    return all;
}

base::result<identity> load_identity(const identity_files& given) {
    identity made;
    pki_directory found;
    identity_files files = given;
    if (!files.directory.empty()) take_card_folder(files);
    if (!files.directory.empty()) {
        TRY(scanned, pki_directory::scan(files.directory));
        found = std::move(scanned);
        TRY(all, load_identities(found));
        const auto wanted =
            std::ranges::find_if(all, [&](const auto& one) { return files.eid.empty() || one.eid == files.eid; });
        if (wanted != all.end()) made = *wanted;
        if (files.eid.empty() && all.size() > 1 && files.euicc.empty())
            return base::refuse(base::code::invalid, "The directory holds several eUICCs; say which with --eid.");
    }
    if (!files.euicc.empty()) {
        TRY(content, read_file(files.euicc));
        TRY(euicc, certificate::from_file_content(content));
        credential own{{}, euicc, {}, {}};
        if (!files.euicc_key.empty()) {
            TRY(pem, read_file(files.euicc_key));
            TRY(key, ec_key::from_pem(pem));
            own.key = std::move(key);
        } else if (const auto* key = found.key_of(euicc)) {
            own.key = *key;
        } else if (!made.credentials.empty()) {
            own.key = made.credentials.front().key;
        } else {
            return missing("The eUICC's private key is missing (--euicc-key).");
        }
        if (!made.credentials.empty()) own.eum = made.credentials.front().eum;
        if (const auto* eum = issuer_of(found.certificates, euicc, cert_role::eum)) own.eum = *eum;
        made.eid = files.eid.empty() ? euicc.subject_serial() : files.eid;
        const auto folder = files.euicc.parent_path().filename().string();
        if (!is_eid(made.eid) && is_eid(folder)) made.eid = folder;
        made.credentials = {std::move(own)};
    }
    if (!files.eum.empty()) {
        TRY(content, read_file(files.eum));
        TRY(eum, certificate::from_file_content(content));
        for (auto& one : made.credentials) one.eum = eum;
    }
    if (!files.roots.empty()) made.roots.clear();
    for (const auto& path : files.roots) {
        TRY(content, read_file(path));
        TRY(root, certificate::from_file_content(content));
        made.roots.push_back(std::move(root));
    }
    if (made.roots.empty())
        for (const auto& root : found.certificates)
            if (root.role() == cert_role::ci) made.roots.push_back(root);
    for (auto& one : made.credentials) {
        if (!one.eum) return missing("The EUM's certificate is missing (--eum).");
        one.ci = one.eum.authority_key_id();
        if (one.ci.empty() && !made.roots.empty()) one.ci = made.roots.front().subject_key_id();  // a broken EUM
    }
    if (made.credentials.empty())
        return missing(files.eid.empty() ? std::string("No eUICC certificate with its key and its EUM was found.")
                                         : "No certificate and key of the eUICC " + files.eid + " were found.");
    if (!is_eid(made.eid)) return missing("An EID has 32 digits; give it with --eid.");
    if (made.roots.empty()) return missing("No CI certificate was found (--ci).");
    return made;
}

}  // namespace keepline::phone

#include "phone/phone_home.hpp"

#include "base/json.hpp"

#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace keepline::phone {

namespace {

constexpr std::size_t max_state = 16U << 20;
constexpr int max_credentials = 8;

std::unexpected<base::error> cannot(const std::filesystem::path& path, const char* what) {
    return base::refuse(base::code::unavailable, "`" + path.string() + "` cannot be " + what + ".");
}

// Whole or not at all, and only for the owner.
base::result<void> write_file(const std::filesystem::path& path, std::string_view content) {
    auto temporary = path;
    temporary += ".new";
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return cannot(path, "written");
    bool ok = true;
    for (std::size_t at = 0; ok && at < content.size();) {
        const auto count = ::write(file, content.data() + at, content.size() - at);
        ok = count > 0;
        if (ok) at += static_cast<std::size_t>(count);
    }
    ok = ok && ::fsync(file) == 0;
    ::close(file);
    if (!ok || std::rename(temporary.c_str(), path.c_str()) != 0) return cannot(path, "written");
    return {};
}

}  // namespace

std::optional<base::byte_array<3>> version_bytes(std::string_view text) {
    base::byte_array<3> out{};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out[i]);
        if (failure != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if ((i < 2) != text.starts_with('.') || (i == 2 && !text.empty())) return std::nullopt;
        if (i < 2) text.remove_prefix(1);
    }
    return out;
}

base::result<void> phone_home::create(const std::filesystem::path& directory, const identity& who,
                                      const std::string& tls_roots_pem, const phone_state& state, bool replace) {
    std::error_code failure;
    if (std::filesystem::exists(directory / "phone.json", failure) && !replace)
        return base::refuse(base::code::blocked,
                            "There is a phone in `" + directory.string() + "` already (--force replaces it).");
    const auto card = directory / "card";
    std::filesystem::remove_all(card, failure);
    std::filesystem::remove_all(directory / "profiles", failure);
    std::filesystem::create_directories(card, failure);
    std::filesystem::create_directories(directory / "profiles", failure);
    if (failure) return cannot(directory, "made");
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
    for (std::size_t i = 0; i < who.credentials.size(); ++i) {
        const auto& one = who.credentials[i];
        const auto name = std::to_string(i);
        CHECK(write_file(card / ("euicc-" + name + ".key.pem"), one.key.pem()));
        CHECK(write_file(card / ("euicc-" + name + ".cert.pem"), one.euicc.pem()));
        CHECK(write_file(card / ("eum-" + name + ".cert.pem"), one.eum.pem()));
    }
    for (std::size_t i = 0; i < who.roots.size(); ++i)
        CHECK(write_file(card / ("ci-" + std::to_string(i) + ".cert.pem"), who.roots[i].pem()));
    CHECK(write_file(card / "tls-roots.pem", tls_roots_pem));
    CHECK(write_file(directory / "lock", ""));
    return write_file(directory / "phone.json", base::to_json(state));
}

base::result<phone_home> phone_home::open(const std::filesystem::path& directory) {
    phone_home home;
    home.directory_ = directory;
    home.lock_ = ::open((directory / "lock").c_str(), O_RDWR | O_CLOEXEC);
    if (home.lock_ < 0)
        return base::refuse(base::code::not_found,
                            "There is no phone in `" + directory.string() + "`; make one with `init`.");
    if (::flock(home.lock_, LOCK_EX | LOCK_NB) != 0)
        return base::refuse(base::code::blocked, "Another process uses the phone in `" + directory.string() + "`.");
    TRY(text, read_file(directory / "phone.json"));
    if (text.size() > max_state) return base::refuse(base::code::too_large, "The phone's state is too large.");
    TRY(state, base::from_json<phone_state>(text));
    home.state_ = std::move(state);
    home.saved_ = home.state_;
    const auto card = directory / "card";
    std::error_code failure;
    home.who_.eid = home.state_.settings.eid;
    for (int i = 0;
         i < max_credentials && std::filesystem::exists(card / ("euicc-" + std::to_string(i) + ".key.pem"), failure);
         ++i) {
        const auto name = std::to_string(i);
        TRY(key_pem, read_file(card / ("euicc-" + name + ".key.pem")));
        TRY(euicc_pem, read_file(card / ("euicc-" + name + ".cert.pem")));
        TRY(eum_pem, read_file(card / ("eum-" + name + ".cert.pem")));
        TRY(key, ec_key::from_pem(key_pem));
        TRY(euicc, certificate::from_file_content(euicc_pem));
        TRY(eum, certificate::from_file_content(eum_pem));
        const auto ci = eum.authority_key_id();
        home.who_.credentials.push_back({std::move(key), std::move(euicc), std::move(eum), ci});
    }
    for (int i = 0; std::filesystem::exists(card / ("ci-" + std::to_string(i) + ".cert.pem"), failure); ++i) {
        TRY(pem, read_file(card / ("ci-" + std::to_string(i) + ".cert.pem")));
        TRY(root, certificate::from_file_content(pem));
        home.who_.roots.push_back(std::move(root));
    }
    if (home.who_.credentials.empty() || home.who_.roots.empty()) return cannot(card, "read");
    TRY(roots, read_file(card / "tls-roots.pem"));
    home.tls_roots_pem_ = std::move(roots);
    return home;
}

phone_home::phone_home(phone_home&& other) noexcept
    : directory_(std::move(other.directory_)),
      lock_(std::exchange(other.lock_, -1)),
      state_(std::move(other.state_)),
      saved_(std::move(other.saved_)),
      who_(std::move(other.who_)),
      tls_roots_pem_(std::move(other.tls_roots_pem_)) {}

phone_home::~phone_home() {
    if (lock_ >= 0) ::close(lock_);
}

base::result<void> phone_home::save() {
    if (state_ == saved_) return {};
    CHECK(write_file(directory_ / "phone.json", base::to_json(state_)));
    saved_ = state_;
    return {};
}

base::result<void> phone_home::keep_package(const std::string& iccid, byte_view package) {
    return write_file(directory_ / "profiles" / (iccid + ".der"), base::text(package));
}

}  // namespace keepline::phone

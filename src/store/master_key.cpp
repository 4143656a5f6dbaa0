#include "store/master_key.hpp"

#include "base/ensure.hpp"
#include "store/file_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::store {

using base::result;

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

std::unexpected<base::error> wrong_key_file(const std::string& path, const std::string& why) {
    return base::refuse(base::code::config_invalid, "The master key file `" + path + "` " + why);
}

struct closed_at_end {
    int file;
    ~closed_at_end() { ::close(file); }
};

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;

}  // namespace

std::string next_master_key_of(const std::string& path) { return path + ".next"; }

result<base::locked_bytes> create_master_key(const std::string& path) {
    ENSURE(sodium_init() >= 0);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return wrong_key_file(path, "cannot be created (" + std::string(std::strerror(errno)) + ").");
    const closed_at_end cleanup{file};
    base::locked_bytes made(key_bytes);
    randombytes_buf(made.data(), made.size());
    // Everything sealed from now on depends on these bytes: they are on disk first.
    if (::write(file, made.data(), made.size()) != static_cast<ssize_t>(made.size()) || ::fsync(file) != 0) {
        ::unlink(path.c_str());
        return wrong_key_file(path, "cannot be written; check the disk.");
    }
    CHECK(sync_directory_of(path));
    return made;
}

result<base::locked_bytes> load_master_key(const std::string& path, bool may_create) {
    ENSURE(sodium_init() >= 0);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO would wait for ever
    if (file < 0) {
        if (errno == ENOENT && may_create) return create_master_key(path);
        return wrong_key_file(path, "cannot be read (" + std::string(std::strerror(errno)) +
                                        "); put back the file that belongs to this keys.sqlite.");
    }
    const closed_at_end cleanup{file};
    struct stat about{};
    if (::fstat(file, &about) != 0) return wrong_key_file(path, "cannot be read.");
    if (!S_ISREG(about.st_mode)) return wrong_key_file(path, "is no file.");
    if ((about.st_mode & 077) != 0) return wrong_key_file(path, "may be read by others; say `chmod 600` on it.");
    base::locked_bytes out(key_bytes);
    if (about.st_size != static_cast<off_t>(out.size()) ||
        ::read(file, out.data(), out.size()) != static_cast<ssize_t>(out.size()))
        return wrong_key_file(path, "must hold exactly 32 bytes.");
    return out;
}

base::bytes seal_bytes(base::byte_view key, std::string_view about, base::byte_view plain) {
    base::bytes out(nonce_bytes + plain.size() + tag_bytes);
    randombytes_buf(out.data(), nonce_bytes);
    ENSURE(key.size() == key_bytes);
    unsigned long long size = 0;
    const auto bound = base::view(about);
    ENSURE(crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + nonce_bytes, &size, plain.data(), plain.size(),
                                                      bound.data(), bound.size(), nullptr, out.data(),
                                                      key.data()) == 0);
    ENSURE(size == plain.size() + tag_bytes);
    return out;
}

std::optional<base::bytes> open_bytes(base::byte_view key, std::string_view about, base::byte_view sealed) {
    if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
    base::bytes out(sealed.size() - nonce_bytes - tag_bytes);
    ENSURE(key.size() == key_bytes);
    unsigned long long size = 0;
    const auto bound = base::view(about);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), &size, nullptr, sealed.data() + nonce_bytes,
                                                   sealed.size() - nonce_bytes, bound.data(), bound.size(),
                                                   sealed.data(), key.data()) != 0)
        return std::nullopt;
    return out;
}

}  // namespace keepline::store

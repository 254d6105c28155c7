// Debian builds libssh with GSSAPI, and Kerberos has no static library. Nothing of ours signs in with it: what libssh's
// archive names is here, and says that it is not available (docs/adr/0021).
//
// The callers pass more arguments than are declared, which the calling conventions of Linux allow.
#include <cstdint>

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): these are the library's names
extern const void* const GSS_C_NT_HOSTBASED_SERVICE;
extern const void* const GSS_C_NT_USER_NAME;
const void* const GSS_C_NT_HOSTBASED_SERVICE = nullptr;
const void* const GSS_C_NT_USER_NAME = nullptr;
// NOLINTEND(readability-identifier-naming)

#define DUOTTY_NO_GSSAPI(name)                       \
  std::uint32_t name(std::uint32_t* minor);          \
  std::uint32_t name(std::uint32_t* minor) {         \
    constexpr std::uint32_t unavailable = 16u << 16; \
    if (minor != nullptr) *minor = 0;                \
    return unavailable;                              \
  }

DUOTTY_NO_GSSAPI(gss_accept_sec_context)
DUOTTY_NO_GSSAPI(gss_acquire_cred)
DUOTTY_NO_GSSAPI(gss_add_oid_set_member)
DUOTTY_NO_GSSAPI(gss_create_empty_oid_set)
DUOTTY_NO_GSSAPI(gss_display_name)
DUOTTY_NO_GSSAPI(gss_display_status)
DUOTTY_NO_GSSAPI(gss_get_mic)
DUOTTY_NO_GSSAPI(gss_import_name)
DUOTTY_NO_GSSAPI(gss_indicate_mechs)
DUOTTY_NO_GSSAPI(gss_init_sec_context)
DUOTTY_NO_GSSAPI(gss_inquire_cred)
DUOTTY_NO_GSSAPI(gss_inquire_cred_by_mech)
DUOTTY_NO_GSSAPI(gss_release_buffer)
DUOTTY_NO_GSSAPI(gss_release_cred)
DUOTTY_NO_GSSAPI(gss_release_name)
DUOTTY_NO_GSSAPI(gss_release_oid_set)
DUOTTY_NO_GSSAPI(gss_test_oid_set_member)
DUOTTY_NO_GSSAPI(gss_verify_mic)

}  // extern "C"

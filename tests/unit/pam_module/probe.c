// SPDX-License-Identifier: LGPL-2.1-or-later
// A module before or after ours in a test's stack. Arguments: set=TEXT and set_old=TEXT leave a password as
// another module would; is=TEXT and is_old=TEXT fail unless that is what stands there (an empty TEXT: nothing
// does).
#include <security/pam_modules.h>
#include <string.h>

static int is_item(pam_handle_t* pamh, int item, const char* wanted) {
    const void* text = NULL;
    if (pam_get_item(pamh, item, &text) != PAM_SUCCESS) return 0;
    return text == NULL ? wanted[0] == '\0' : strcmp(text, wanted) == 0;
}

static int probe(pam_handle_t* pamh, int argc, const char** argv) {
    for (int i = 0; i < argc; ++i) {
        if (strncmp(argv[i], "set=", 4) == 0) pam_set_item(pamh, PAM_AUTHTOK, argv[i] + 4);
        if (strncmp(argv[i], "set_old=", 8) == 0) pam_set_item(pamh, PAM_OLDAUTHTOK, argv[i] + 8);
        if (strncmp(argv[i], "is=", 3) == 0 && !is_item(pamh, PAM_AUTHTOK, argv[i] + 3)) return PAM_CRED_ERR;
        if (strncmp(argv[i], "is_old=", 7) == 0 && !is_item(pamh, PAM_OLDAUTHTOK, argv[i] + 7))
            return PAM_CRED_ERR;
    }
    return PAM_SUCCESS;
}

int pam_sm_authenticate(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    (void)flags;
    return probe(pamh, argc, argv);
}

int pam_sm_setcred(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_acct_mgmt(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

// What is set and checked is the new password, which nobody has before the update.
int pam_sm_chauthtok(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return (flags & PAM_UPDATE_AUTHTOK) != 0 ? probe(pamh, argc, argv) : PAM_SUCCESS;
}

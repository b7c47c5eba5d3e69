// SPDX-License-Identifier: Apache-2.0

// The smallest CGI program: what is measured is the server that starts it.

#include <string.h>
#include <unistd.h>

int main(void) {
    static const char response[] = "Content-Type: text/plain\r\n\r\nHello\n";
    return write(1, response, strlen(response)) > 0 ? 0 : 1;
}

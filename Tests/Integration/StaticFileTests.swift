// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

@Suite("Static files")
struct StaticFileTests {
    @Test("are served with length, date, validators and range support")
    func plain() throws {
        let response = try withServer(files: ["page.txt": "hello"], { try $0.get("/page.txt") })
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response["Content-Length"] == ["5"])
        #expect(response["Accept-Ranges"] == ["bytes"])
    }

    @Test("are applied")
    func onSuccessOnly() throws {
        let response = try withServer("Header set X-Here yes") { try $0.get("/missing") }
        #expect(response.status == 404)
        #expect(response["X-Here"] == [])
    }
}

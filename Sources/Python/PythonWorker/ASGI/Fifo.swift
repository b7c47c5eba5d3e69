// SPDX-License-Identifier: Apache-2.0

/// Values that leave in the order they came; without memory while there are none.
struct Fifo<Element> {
    private var elements: [Element] = []
    private var taken = 0

    var isEmpty: Bool { taken == elements.count }
    var count: Int { elements.count - taken }

    var first: Element {
        get { elements[taken] }
        set { elements[taken] = newValue }
    }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() -> Element {
        let element = elements[taken]
        taken += 1
        if taken == elements.count {
            elements = []
            taken = 0
        } else if taken == 64 {
            elements.removeFirst(taken)
            taken = 0
        }
        return element
    }
}

Feature: What is not changed by giving it again

  @DM-COR-01
  Scenario: A real name that was checked is neither asked for nor taken again
    Given the person has agreed to all that "real-name" asks for
    Then the platform is answered
      | kind    | purpose   | fields     | matter  | answer |
      | collect | real-name | legal-name | account | yes    |
      | collect | real-name | legal-name |         | yes    |
    When the platform submits "real-name"
    Then it is admitted
    And the platform is answered
      | kind    | purpose   | fields     | matter  | answer          | under     | at     |
      | collect | real-name | legal-name | account | immutable       | DM-COR-01 |        |
      | collect | real-name |            | account | immutable       | DM-COR-01 |        |
      | collect | real-name | legal-name |         | matter-required |           | matter |
      | use     | real-name | legal-name | account | yes             |           |        |
    When the platform submits "real-name"
    Then it is refused with "immutable" under DM-COR-01

  @DM-COR-02
  Scenario: An invoice that was submitted stands, and another order has its own
    When the platform submits "invoice"
    Then it is admitted
    And the platform is answered
      | kind    | purpose | fields              | matter  | answer    | under     |
      | collect | invoice | invoice-person-name | order   | immutable | DM-COR-02 |
      | collect | invoice | invoice-person-name | order 2 | yes       |           |
    And what the platform submits is answered
      | purpose | matter  | answer    | under     |
      | invoice | order   | immutable | DM-COR-02 |
      | invoice | order 2 | admitted  |           |

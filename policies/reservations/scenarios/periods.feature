Feature: The period of every class of data of the reservations site
  The text names no number: each was decided on, by the end of its purpose.

  Background:
    Given it is 2026-03-02 09:00

  @RS-RET-01
  Scenario Outline: What counts from its collection: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the submission says
      | channel | <channel> |
    And the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose          | end        | channel |
      | service-security | 2026-09-03 | site-pages |
      | survey           | 2027-03-03 | survey-form |

  @RS-RET-01
  Scenario Outline: What counts from an event: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the "<event>" of the "<matter>" is on <day>
    And the submission says
      | channel | <channel> |
    And the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose              | event          | matter      | day        | end        | channel |
      | reservation          | stay-ended     | reservation | 2026-03-01 | 2027-03-02 | checkout |
      | registration         | account-closed | account     | 2026-03-01 | 2026-03-17 | sign-up |
      | security-and-support | case-closed    | case        | 2026-02-28 | 2027-03-01 | support-desk |

  @RS-RET-01
  Scenario Outline: <purpose> waits for what its period counts from for a limited time only; then somebody has to look
    Given the person has agreed to all that "<purpose>" asks for
    When the submission says
      | channel | <channel> |
    And the platform submits "<purpose>"
    Then it waits for its day
    When the clock reaches <before> 23:00
    Then nothing is a finding
    When the clock reaches <found> 01:00
    Then "waiting-past-limit" is a finding about "<class>"

    Examples:
      | purpose              | class         | before     | found      | channel |
      | reservation          | reservations  | 2028-03-02 | 2028-03-03 | checkout |
      | registration         | accounts      | 2036-03-02 | 2036-03-03 | sign-up |
      | security-and-support | service-cases | 2028-03-02 | 2028-03-03 | support-desk |

  # Deleted or made anonymous: a later version may choose the other for a class, and nothing else.
  @RS-RET-01 @RS-CES-02
  Scenario: A period ends in one of the two ways that the policy names
    Given a version of 2026-05-01 in which
      | classes.surveys.method | anonymize |
      | classes.surveys.ladder | { k: 20, dimensions: { plan: { by: value, field: survey-answers, values: [yes] } }, steps: [[plan]] } |
    Then a version of 2026-05-01 is no pack, for "method-not-promised", in which
      | retention.onExpiry.methods | [anonymize] |

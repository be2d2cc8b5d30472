Feature: Device permissions of 小票票商户版

  @XP-PRM-01
  Scenario Outline: The permissions that are named, each for what it is named for
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
      | purpose    | <purpose>    |
      | moment     | <moment>     |
    Then the answer is yes

    Examples:
      | permission             | purpose               | moment         |
      | phone-state            | notice                | registering    |
      | phone-state            | device                | signing-in     |
      | phone-state            | statistics            | registering    |
      | phone-state            | push                  | registering    |
      | location               | nearby-recommendation | in-use         |
      | location               | push                  | in-use         |
      | camera                 | upload                | picture-upload |
      | album                  | upload                | picture-upload |
      | write-external-storage | stability-and-cache   | installing     |

  @XP-PRM-01
  Scenario Outline: And no further one
    Given the person has agreed to all that "account" asks for
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
    Then it is refused with "permission-not-declared" under XP-PRM-01 at "permission"
    When the submission says
      | declarations | permission.<permission> |
    And the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is refused with "permission-not-declared" under XP-PRM-01 at "declarations"

    Examples:
      | permission |
      | contacts   |
      | microphone |
      | calendar   |

  @XP-PRM-02
  Scenario Outline: Off until the person turns it on
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    And the submission says
      | declarations | <moment> |
    When the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "permission-required" at "fields.<field>"
    When the submission says
      | declarations | <moment>, permission.<permission> |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "no-consent" under XP-PRM-02
    When the person gives opt-in consent to "<purpose>"
    Then it is refused with "consent-level-too-low" under XP-PRM-02 at "level"
    When the person gives device-permission consent to "<purpose>"
    Then it is recorded
    When the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is admitted

    Examples:
      | purpose               | field        | value        | moment      | permission             |
      | nearby-recommendation | gps          | 34.75,113.62 | in-use      | location               |
      | stability-and-cache   | cache        | 报表缓存     | in-use      | write-external-storage |
      | device                | device-model | Redmi K40    | registering | phone-state            |

  @XP-PRM-03
  Scenario: A permission alone lets nothing be collected
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    And the submission says
      | declarations | permission.location |
    When the platform submits "nearby-recommendation" with
      | gps | 34.75,113.62 |
    Then it is refused with "moment-not-declared" under XP-PRM-07 at "moment"
    When the submission says
      | declarations | permission.location |
    And the platform submits "account" with
      | mobile-number | 13700137000  |
      | gps           | 34.75,113.62 |
    Then it is refused with "undeclared-field" at "fields.gps"
    When the platform asks
      | kind       | permission |
      | permission | location   |
      | purpose    | statistics |
      | moment     | in-use     |
    Then it is refused with "permission-not-declared" under XP-PRM-07 at "purpose"

  @XP-PRM-04
  Scenario: Even with the permission only what the function lists is taken
    Given the person has agreed to all that "upload" asks for
    When the platform submits "upload" with
      | picture | 海报.png   |
      | video   | 宣传片.mp4 |
    Then it is admitted
    When the submission says
      | declarations | picture-upload, permission.album |
    And the platform submits "upload" with
      | album-index | 全部 3000 张 |
    Then it is refused with "undeclared-field" under XP-PRM-04 at "fields.album-index"

  @XP-PRM-05
  Scenario Outline: The phone state is asked for at three moments
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission  |
      | permission | phone-state |
      | purpose    | notice      |
      | moment     | <moment>    |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |

    Examples:
      | moment           | answer              | at     |
      | registering      | -                   | -      |
      | signing-in       | -                   | -      |
      | after-sales-open | -                   | -      |
      | browsing         | moment-not-declared | moment |
      | picture-upload   | moment-not-declared | moment |

  @XP-PRM-05
  Scenario Outline: For codes and notices
    Given the person has agreed to all that "notice" asks for
    When the platform asks
      | kind    | message   |
      | message | <message> |
    Then the answer is yes
    And the answer says
      | clause | XP-PRM-05 |

    Examples:
      | message           |
      | verification-code |
      | platform-notice   |

  @XP-PRM-06
  Scenario: Refusing the phone state costs what hangs on it and nothing else
    Given the person has agreed to all that "account" asks for
    And the person has given explicit consent to "notice"
    And the person has given device-permission consent to "device"
    When the person refuses "permission.phone-state"
    And the platform asks
      | kind       | permission  |
      | permission | phone-state |
      | moment     | registering |
    Then it is refused with "permission-required" under XP-PRM-05 at "permission"
    When the submission says
      | declarations | permission.phone-state |
    And the platform submits "device" with
      | device-model | Redmi K40 |
    Then it is refused with "permission-required" at "fields.device-model"
    When the platform asks
      | kind    | message           |
      | message | verification-code |
    Then the answer is yes
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted
    When the platform asks
      | kind    | page   |
      | purpose | upload |
    Then the answer is yes

  @XP-PRM-07
  Scenario Outline: Location is turned on at log-in or in use, for services nearby
    Given the person has agreed to all that "nearby-recommendation" asks for
    When the platform asks
      | kind       | permission            |
      | permission | location              |
      | purpose    | nearby-recommendation |
      | moment     | <moment>              |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |
    When the submission says
      | declarations | permission.location, <moment> |
    And the platform submits "nearby-recommendation" with
      | gps | 34.75,113.62 |
    Then the answer says
      | code   | <answer2> |
      | clause | <clause2> |
      | field  | <at2>     |

    Examples:
      | moment      | answer              | at     | answer2             | clause2   | at2    |
      | signing-in  | -                   | -      | -                   | -         | -      |
      | in-use      | -                   | -      | -                   | -         | -      |
      | registering | moment-not-declared | moment | moment-not-declared | XP-PRM-07 | moment |

  @XP-PRM-07
  Scenario: A position for services nearby serves nothing else
    Given the person has agreed to all that "nearby-recommendation" asks for
    And the person has given opt-in consent to "statistics"
    When the platform asks
      | kind    | use                   |
      | purpose | nearby-recommendation |
      | fields  | gps                   |
      | use     | recommending-nearby   |
    Then the answer is yes
    When the platform asks
      | kind    | use                   |
      | purpose | nearby-recommendation |
      | fields  | gps                   |
      | use     | performance           |
    Then it is refused with "use-not-declared" under XP-PRM-07 at "use"
    When the platform asks whether "gps" may be used for "statistics"
    Then it is refused with "undeclared-field" at "fields.gps"

  @XP-PRM-08
  Scenario: Refusing location costs services nearby and nothing else
    Given the person has agreed to all that "account" asks for
    And the person has given device-permission consent to "nearby-recommendation"
    When the person refuses "permission.location"
    And the platform asks
      | kind       | permission            |
      | permission | location              |
      | purpose    | nearby-recommendation |
      | moment     | in-use                |
    Then it is refused with "permission-required" under XP-PRM-07 at "permission"
    When the submission says
      | declarations | permission.location, in-use |
    And the platform submits "nearby-recommendation" with
      | gps | 34.75,113.62 |
    Then it is refused with "permission-required"
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted
    When the platform asks
      | kind    | page    |
      | purpose | account |
    Then the answer is yes
    When the platform asks
      | kind    | page   |
      | purpose | notice |
    Then the answer is yes
    When the platform asks
      | kind    | page    |
      | purpose | payment |
    Then the answer is yes
    When the platform asks
      | kind    | page   |
      | purpose | upload |
    Then the answer is yes
    When the person refuses "nearby-recommendation"
    And the platform asks
      | kind    | page                  |
      | purpose | nearby-recommendation |
    Then it is refused with "consent-refused" under XP-PRM-08 at "purpose"

  @XP-PRM-09
  Scenario Outline: A shot hangs on the camera, an upload on the album, at the moment of either
    Given the person has agreed to all that "upload" asks for
    And the submission says
      | declarations | permission.<permission>, <moment> |
    When the platform submits "upload" with
      | <field> | x.png |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |

    Examples:
      | field   | permission | moment         | answer              | clause    |
      | shot    | camera     | picture-upload | -                   | -         |
      | picture | album      | picture-upload | -                   | -         |
      | video   | album      | picture-upload | -                   | -         |
      | shot    | album      | picture-upload | permission-required | XP-PRM-09 |
      | picture | camera     | picture-upload | permission-required | XP-PRM-09 |
      | video   | camera     | picture-upload | permission-required | XP-PRM-09 |
      | picture | album      | in-use         | moment-not-declared | XP-PRM-09 |

  @XP-PRM-09
  Scenario Outline: They are asked for at that moment
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission   |
      | permission | <permission> |
      | purpose    | upload       |
      | moment     | in-use       |
    Then it is refused with "moment-not-declared" under XP-PRM-09 at "moment"
    When the platform asks
      | kind       | permission     |
      | permission | <permission>   |
      | purpose    | account        |
      | moment     | picture-upload |
    Then it is refused with "permission-not-declared" under XP-PRM-09 at "purpose"

    Examples:
      | permission |
      | camera     |
      | album      |

  @XP-PRM-10
  Scenario Outline: Refusing camera or album costs that function and nothing else
    Given the person has agreed to all that "account" asks for
    And the person has given device-permission consent to "upload"
    When the person refuses "permission.<permission>"
    And the platform asks
      | kind       | permission     |
      | permission | <permission>   |
      | purpose    | upload         |
      | moment     | picture-upload |
    Then it is refused with "permission-required" under XP-PRM-09 at "permission"
    When the submission says
      | declarations | permission.<permission>, picture-upload |
    And the platform submits "upload" with
      | <field> | x.png |
    Then it is refused with "permission-required" at "fields.<field>"
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted
    When the platform asks
      | kind    | page                  |
      | purpose | nearby-recommendation |
    Then the answer is yes
    When the platform asks
      | kind    | page    |
      | purpose | payment |
    Then the answer is yes
    When the person refuses "upload"
    And the platform asks
      | kind    | page   |
      | purpose | upload |
    Then it is refused with "consent-refused" under XP-PRM-10 at "purpose"

    Examples:
      | permission | field   |
      | camera     | shot    |
      | album      | picture |

  @XP-PRM-11
  Scenario Outline: Storage serves stable running and caching
    Given the person has agreed to all that "stability-and-cache" asks for
    And the submission says
      | declarations | permission.write-external-storage, <moment> |
    When the platform submits "stability-and-cache" with
      | cache | 报表缓存 |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |
    When the platform asks
      | kind       | permission             |
      | permission | write-external-storage |
      | purpose    | stability-and-cache    |
      | moment     | <moment>               |
    Then the answer says
      | code  | <answer2> |
      | field | <at2>     |

    Examples:
      | moment      | answer              | clause    | at     | answer2             | at2    |
      | installing  | -                   | -         | -      | -                   | -      |
      | in-use      | -                   | -         | -      | -                   | -      |
      | registering | moment-not-declared | XP-PRM-11 | moment | moment-not-declared | moment |

  @XP-PRM-11
  Scenario Outline: And what lies on the card serves nothing else
    Given the person has agreed to all that "stability-and-cache" asks for
    When the platform asks
      | kind    | use                 |
      | purpose | stability-and-cache |
      | fields  | cache               |
      | use     | <use>               |
    Then the answer says
      | code  | <answer> |
      | field | <at>     |
    When the submission says
      | declarations | permission.write-external-storage, permission.album, in-use |
    And the platform submits "stability-and-cache" with
      | cache   | 报表缓存     |
      | picture | 私人照片.png |
    Then it is refused with "undeclared-field" under XP-PRM-11 at "fields.picture"
    When the submission says
      | declarations | in-use |
    And the platform submits "stability-and-cache" with
      | cache | 报表缓存 |
    Then it is refused with "permission-required" under XP-PRM-11 at "fields.cache"

    Examples:
      | use                | answer           | at  |
      | stability          | -                | -   |
      | caching            | -                | -   |
      | commercial-profile | use-not-declared | use |

  @XP-PRM-12
  Scenario: Refusing storage costs the services that need the card
    Given the person has agreed to all that "account" asks for
    And the person has given device-permission consent to "stability-and-cache"
    When the person refuses "permission.write-external-storage"
    And the platform asks
      | kind       | permission             |
      | permission | write-external-storage |
      | purpose    | stability-and-cache    |
      | moment     | in-use                 |
    Then it is refused with "permission-required" under XP-PRM-11 at "permission"
    When the submission says
      | declarations | permission.write-external-storage, in-use |
    And the platform submits "stability-and-cache" with
      | cache | 报表缓存 |
    Then it is refused with "permission-required"
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted
    When the platform asks
      | kind    | page    |
      | purpose | account |
    Then the answer is yes
    When the platform asks
      | kind    | page   |
      | purpose | notice |
    Then the answer is yes
    When the platform asks
      | kind    | page    |
      | purpose | payment |
    Then the answer is yes
    When the person refuses "stability-and-cache"
    And the platform asks
      | kind    | page                |
      | purpose | stability-and-cache |
    Then it is refused with "consent-refused" under XP-PRM-12 at "purpose"

import { Faker, zh_CN, en } from '@faker-js/faker';

/** A made-up person of mainland China. Nobody real: names and numbers come from a seed. */
export interface DemoPerson {
  readonly userId: string;
  readonly name: string;
  readonly nickname: string;
  readonly phone: string;
  readonly idNumber: string;
  readonly address: string;
  /** The city in which this person lives and goes out. */
  readonly homeCity: string;
  readonly birthday: string;
  readonly child: boolean;
}

/** Administrative division codes (GB/T 2260) of districts in twelve cities. */
const CITIES = [
  { code: '110105', city: '北京市朝阳区', of: '北京' },
  { code: '310115', city: '上海市浦东新区', of: '上海' },
  { code: '440305', city: '深圳市南山区', of: '深圳' },
  { code: '440106', city: '广州市天河区', of: '广州' },
  { code: '330106', city: '杭州市西湖区', of: '杭州' },
  { code: '510107', city: '成都市武侯区', of: '成都' },
  { code: '420106', city: '武汉市武昌区', of: '武汉' },
  { code: '320102', city: '南京市玄武区', of: '南京' },
  { code: '610113', city: '西安市雁塔区', of: '西安' },
  { code: '530102', city: '昆明市五华区', of: '昆明' },
  { code: '450103', city: '南宁市青秀区', of: '南宁' },
  { code: '620102', city: '兰州市城关区', of: '兰州' },
] as const;

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;

/** The check character of a resident identity number (GB 11643, ISO 7064 MOD 11-2) for its first 17 digits. */
export function checkCharacter(digits: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return '10X98765432'.charAt(sum % 11);
}

/** People from a seed: the same seed, the same people. `today` is the legal day on which their ages are meant. */
export function demoPeople(count: number, seed: number, today: Date): DemoPerson[] {
  const faker = new Faker({ locale: [zh_CN, en], seed });
  return Array.from({ length: count }, (_, index) => {
    const child = faker.number.float() < 0.06;
    const age = child ? faker.number.int({ min: 8, max: 13 }) : faker.number.int({ min: 18, max: 68 });
    const birth = new Date(
      Date.UTC(
        today.getUTCFullYear() - age,
        faker.number.int({ min: 0, max: 11 }),
        faker.number.int({ min: 1, max: 28 }),
      ),
    );
    const birthday = birth.toISOString().slice(0, 10);
    const place = faker.helpers.arrayElement(CITIES);
    const body = `${place.code}${birthday.replaceAll('-', '')}${String(faker.number.int({ min: 0, max: 999 })).padStart(3, '0')}`;
    const street = `${faker.location.street()}${String(faker.number.int({ min: 1, max: 900 }))}号`;
    return {
      userId: `user-${String(seed)}-${String(index)}`,
      name: `${faker.person.lastName()}${faker.person.firstName()}`,
      nickname: `${faker.person.firstName()}${String(faker.number.int({ min: 10, max: 9999 }))}`,
      phone: `1${faker.helpers.arrayElement(['38', '39', '50', '58', '86', '77'])}${faker.string.numeric(8)}`,
      idNumber: `${body}${checkCharacter(body)}`,
      address: `${place.city}${street}${String(faker.number.int({ min: 1, max: 30 }))}栋${String(faker.number.int({ min: 101, max: 3204 }))}室`,
      homeCity: place.of,
      birthday,
      child,
    };
  });
}

import type { Language } from '../contract.ts'

export type HonestKind =
  | 'open_inside'
  | 'refused'
  | 'not_installed'
  | 'no_record'
  | 'unreachable'
  | 'busy'
  | 'not_admin'
  | 'install_refused'

type Words = { title: string; text: string }

/** What a page says that cannot show what was asked for: what is known, and the next step. */
export const HONEST_WORDS: Record<Language, Record<HonestKind, Words>> = {
  en: {
    open_inside: {
      title: 'Open this inside Bitrix24',
      text: 'This page works inside your Bitrix24 portal: open it from the application list or from a CRM card.',
    },
    refused: {
      title: 'This page cannot be opened',
      text: 'Your portal did not confirm this request. Close the page and open it again.',
    },
    not_installed: {
      title: 'The application is not installed',
      text: 'Ask an administrator of the portal to open the application once.',
    },
    no_record: {
      title: 'No access to this record',
      text: 'It does not exist, or you may not see it. Ask the responsible person for access.',
    },
    unreachable: {
      title: 'The portal does not answer',
      text: 'Your messages are safe. Open the page again in a minute.',
    },
    not_admin: {
      title: 'An administrator is needed',
      text: 'Only an administrator of the portal can install this application.',
    },
    install_refused: {
      title: 'The installation was not confirmed',
      text: 'Bitrix24 did not confirm it. Close the page and open the application again.',
    },
    busy: {
      title: 'One moment',
      text: 'The data of the last installation is being erased. Open the application again in a minute.',
    },
  },
  ru: {
    open_inside: {
      title: 'Откройте это в Битрикс24',
      text: 'Страница работает внутри портала Битрикс24: откройте её из списка приложений или из карточки CRM.',
    },
    refused: {
      title: 'Страницу нельзя открыть',
      text: 'Портал не подтвердил этот запрос. Закройте страницу и откройте её снова.',
    },
    not_installed: {
      title: 'Приложение не установлено',
      text: 'Попросите администратора портала один раз открыть приложение.',
    },
    no_record: {
      title: 'Нет доступа к этой записи',
      text: 'Её нет, или у вас нет прав на просмотр. Попросите доступ у ответственного.',
    },
    unreachable: {
      title: 'Портал не отвечает',
      text: 'Сообщения в сохранности. Откройте страницу снова через минуту.',
    },
    not_admin: {
      title: 'Нужен администратор',
      text: 'Установить приложение может только администратор портала.',
    },
    install_refused: {
      title: 'Установка не подтверждена',
      text: 'Битрикс24 не подтвердил её. Закройте страницу и откройте приложение снова.',
    },
    busy: {
      title: 'Одну минуту',
      text: 'Данные прошлой установки удаляются. Откройте приложение снова через минуту.',
    },
  },
  ro: {
    open_inside: {
      title: 'Deschideți pagina în Bitrix24',
      text: 'Pagina funcționează în portalul Bitrix24: deschideți-o din lista de aplicații sau dintr-o fișă CRM.',
    },
    refused: {
      title: 'Pagina nu poate fi deschisă',
      text: 'Portalul nu a confirmat această cerere. Închideți pagina și deschideți-o din nou.',
    },
    not_installed: {
      title: 'Aplicația nu este instalată',
      text: 'Rugați un administrator al portalului să deschidă aplicația o dată.',
    },
    no_record: {
      title: 'Fără acces la această înregistrare',
      text: 'Nu există sau nu aveți dreptul să o vedeți. Cereți acces de la persoana responsabilă.',
    },
    unreachable: {
      title: 'Portalul nu răspunde',
      text: 'Mesajele sunt în siguranță. Deschideți pagina din nou peste un minut.',
    },
    not_admin: {
      title: 'Este nevoie de un administrator',
      text: 'Numai un administrator al portalului poate instala aplicația.',
    },
    install_refused: {
      title: 'Instalarea nu a fost confirmată',
      text: 'Bitrix24 nu a confirmat-o. Închideți pagina și deschideți aplicația din nou.',
    },
    busy: {
      title: 'Un moment',
      text: 'Datele instalării anterioare se șterg. Deschideți aplicația din nou peste un minut.',
    },
  },
}

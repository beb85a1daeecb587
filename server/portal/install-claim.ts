/** What an installer page or an ONAPPINSTALL event claims; nothing of it is believed by itself. */
export type InstallClaim = {
  from: 'page' | 'event'
  memberId: string
  serverEndpoint: string
  accessToken: string
  refreshToken: string
  applicationToken: string | null
}

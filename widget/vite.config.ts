import { fileURLToPath } from 'node:url'
import b24ui from '@bitrix24/b24ui-nuxt/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { bundleBudget } from './bundle-budget.ts'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [
    vue(),
    b24ui({
      router: false,
      prose: false,
      mdc: false,
      // Storage is blocked in the portal's frame; ui/theme.ts switches the theme itself.
      colorMode: false,
      colorModeStorageKey: null,
      autoImport: false,
      experimental: { componentDetection: true },
    }),
    bundleBudget({
      entry: 'src/tab.ts',
      alsoNeeded: /^src\/i18n\/(en|ru|ro)\.ts$/,
      javascript: 160_000,
      css: 42_000,
      files: 6,
    }),
    bundleBudget({ entry: 'src/ask-ahead.ts', alsoNeeded: /^$/, javascript: 2_000, css: 0, files: 1 }),
  ],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    manifest: true,
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: { ahead: 'src/ask-ahead.ts', tab: 'src/tab.ts', app: 'src/app.ts' },
      // A page waits for each file it needs at the start: what pages share is one file, not split by who shares it.
      output: {
        codeSplitting: {
          groups: [
            // Loaded before everything else, with what it needs: nothing else.
            { name: 'ahead', test: /\/ask-ahead\.ts$/, priority: 1 },
            { name: 'base', tags: ['$initial'], minShareCount: 2 },
          ],
        },
      },
    },
  },
})

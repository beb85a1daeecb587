import './main.css'
import { mountPage } from './mount-page.ts'
import TabPage from './TabPage.vue'

void mountPage(TabPage)

import './main.css'
import AppPage from './app/AppPage.vue'
import { mountPage } from './mount-page.ts'

void mountPage(AppPage)

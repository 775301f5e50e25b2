// A harbour's board of ships: one page from a template, one static file, a request log on standard output.
package main

import (
	"context"
	"errors"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

type ship struct{ Name, Berth string }

var ships = []ship{{"Marieke", "3"}, {"Seeadler", "7"}}

func router(page *template.Template) http.Handler {
	log.SetOutput(os.Stdout)
	middleware.DefaultLogger = middleware.RequestLogger(
		&middleware.DefaultLogFormatter{Logger: log.Default(), NoColor: true})
	r := chi.NewRouter()
	r.Use(middleware.Logger)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, ships); err != nil {
			log.Print(err)
		}
	})
	r.Get("/ship/{name}", func(w http.ResponseWriter, req *http.Request) {
		for _, s := range ships {
			if s.Name == chi.URLParam(req, "name") {
				_, _ = w.Write([]byte("berth " + s.Berth + "\n"))
				return
			}
		}
		http.NotFound(w, req)
	})
	r.Handle("/static/*", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))
	return r
}

func main() {
	server := &http.Server{
		Addr:              ":8000",
		Handler:           router(template.Must(template.ParseFiles("templates/board.html"))),
		ReadHeaderTimeout: 5 * time.Second,
	}
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer done()
	go func() {
		<-stop.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

package org.example.orchard;

import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.ResponseBody;

/** An orchard's trees: a page from a template, a static file. */
@SpringBootApplication
@Controller
public class Orchard {
    private static final List<String> TREES = List.of("apple", "pear", "plum");

    public static void main(String[] arguments) {
        SpringApplication.run(Orchard.class, arguments);
    }

    @GetMapping("/")
    String trees(Model model) {
        model.addAttribute("trees", TREES);
        return "trees";
    }

    @GetMapping("/tree/{number}")
    @ResponseBody
    String tree(@PathVariable("number") int number) {
        return TREES.get(number) + "\n";
    }
}

// Has Trivy's checks judge Terraform plans, each by itself, and prints one JSON document.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/terraformplan/tfjson"
)

type judged struct {
	Check    string `json:"check"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
	Resource string `json:"resource"`
	Status   string `json:"status"`
	Message  string `json:"message"`
}

type document struct {
	Trivy  string              `json:"trivy"`
	Checks string              `json:"checks"`
	Plans  map[string][]judged `json:"plans"`
}

func judge(folder fs.FS, name string) ([]judged, error) {
	scanner := tfjson.New(
		rego.WithEmbeddedPolicies(true),
		rego.WithEmbeddedLibraries(true),
		rego.WithIncludeDeprecatedChecks(false),
	)
	results, err := scanner.ScanFile(context.Background(), name, folder)
	if err != nil {
		return nil, err
	}
	said := make([]judged, 0, len(results))
	for i := range results {
		flat := results[i].Flatten()
		status := []string{"failed", "passed", "ignored"}[int(flat.Status)]
		said = append(said, judged{results[i].Rule().ID, flat.RuleSummary, string(flat.Severity), flat.Resource, status, flat.Description})
	}
	return said, nil
}

func run(folder string) error {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	all := document{Plans: map[string][]judged{}}
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			switch module.Path {
			case "github.com/aquasecurity/trivy":
				all.Trivy = strings.TrimPrefix(module.Version, "v")
			case "github.com/aquasecurity/trivy-checks":
				all.Checks = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	for _, name := range names {
		base := filepath.Base(name)
		said, err := judge(os.DirFS(folder), base)
		if err != nil {
			return fmt.Errorf("%s: %w", base, err)
		}
		all.Plans[base] = said
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
